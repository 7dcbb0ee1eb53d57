#include "textflag.h"

// A signal handler. It returns to the kernel's code, whose address is in the link
// register.
TEXT nothing<>(SB), NOSPLIT|NOFRAME|TOPFRAME, $0-0
	RET

DATA ·nothingPC(SB)/8, $nothing<>(SB)
GLOBL ·nothingPC(SB), RODATA|NOPTR, $8
