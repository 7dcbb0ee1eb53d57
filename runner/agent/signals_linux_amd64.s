#include "textflag.h"

// A signal handler. It returns to sigreturn, whose address the kernel pushed.
TEXT nothing<>(SB), NOSPLIT|NOFRAME|TOPFRAME, $0-0
	RET

TEXT sigreturn<>(SB), NOSPLIT|NOFRAME|TOPFRAME, $0-0
	MOVQ $15, AX // rt_sigreturn
	SYSCALL
	INT  $3 // not reached

DATA ·nothingPC(SB)/8, $nothing<>(SB)
GLOBL ·nothingPC(SB), RODATA|NOPTR, $8

DATA ·sigreturnPC(SB)/8, $sigreturn<>(SB)
GLOBL ·sigreturnPC(SB), RODATA|NOPTR, $8
