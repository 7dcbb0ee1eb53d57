	.build_version macos, 11, 0
	.section	__TEXT,__text,regular,pure_instructions
	.globl	__RNvCs5soj9GhKFqq_4main10inline_asm
	.p2align	2
__RNvCs5soj9GhKFqq_4main10inline_asm:
Lfunc_begin0:
	.file	1 "/work" "main.rs"
	.loc	1 37 0
	.cfi_startproc
	stp	x29, x30, [sp, #-16]!
	.cfi_def_cfa_offset 16
	mov	x29, sp
	.cfi_def_cfa w29, 16
	.cfi_offset w30, -8
	.cfi_offset w29, -16
Ltmp0:
	.loc	1 37 74 prologue_end
	; InlineAsm Start
	; a comment
	mov	x8, x0
	.byte	1
	; InlineAsm End
Ltmp1:
	.loc	1 37 151 is_stmt 0
	mov	x0, x8
	.cfi_def_cfa wsp, 16
	.loc	1 37 151 epilogue_begin
	ldp	x29, x30, [sp], #16
	.cfi_def_cfa_offset 0
	.cfi_restore w30
	.cfi_restore w29
	ret
Ltmp2:
Lfunc_end0:
	.cfi_endproc

	.globl	__RNvCs5soj9GhKFqq_4main3ext
	.p2align	2
__RNvCs5soj9GhKFqq_4main3ext:
Lfunc_begin1:
	.cfi_startproc
	.loc	1 31 57 prologue_end is_stmt 1
Lloh0:
	adrp	x8, _EXT@GOTPAGE
Lloh1:
	ldr	x8, [x8, _EXT@GOTPAGEOFF]
Lloh2:
	ldr	w0, [x8]
	.loc	1 31 65 is_stmt 0
	ret
Ltmp3:
	.loh AdrpLdrGotLdr	Lloh0, Lloh1, Lloh2
Lfunc_end1:
	.cfi_endproc

	.globl	__RNvCs5soj9GhKFqq_4main4jump
	.p2align	2
__RNvCs5soj9GhKFqq_4main4jump:
Lfunc_begin2:
	.loc	1 27 0 is_stmt 1
	.cfi_startproc
	stp	x29, x30, [sp, #-16]!
	.cfi_def_cfa_offset 16
	mov	x29, sp
	.cfi_def_cfa w29, 16
	.cfi_offset w30, -8
	.cfi_offset w29, -16
	.cfi_remember_state
Ltmp4:
	.loc	1 28 14 prologue_end
	cmp	w0, #2
	b.gt	LBB2_5
	cbz	w0, LBB2_9
	cmp	w0, #1
	b.eq	LBB2_12
	cmp	w0, #2
	b.ne	LBB2_11
	.cfi_def_cfa wsp, 16
	.loc	1 28 51 epilogue_begin is_stmt 0
	ldp	x29, x30, [sp], #16
	.cfi_def_cfa_offset 0
	.cfi_restore w30
	.cfi_restore w29
	b	_f2
LBB2_5:
	.cfi_restore_state
	.cfi_remember_state
	.loc	1 28 14
	cmp	w0, #3
	b.eq	LBB2_10
	cmp	w0, #4
	b.eq	LBB2_13
	cmp	w0, #5
	b.ne	LBB2_11
	.loc	1 28 96
	bl	_f5
	.cfi_def_cfa wsp, 16
	.loc	1 28 102 epilogue_begin
	ldp	x29, x30, [sp], #16
	.cfi_def_cfa_offset 0
	.cfi_restore w30
	.cfi_restore w29
	b	_f1
LBB2_9:
	.cfi_restore_state
	.cfi_remember_state
	.cfi_def_cfa wsp, 16
	.loc	1 28 29 epilogue_begin
	ldp	x29, x30, [sp], #16
	.cfi_def_cfa_offset 0
	.cfi_restore w30
	.cfi_restore w29
	b	_f0
LBB2_10:
	.cfi_restore_state
	.cfi_remember_state
	.loc	1 28 64
	bl	_f3
	.cfi_def_cfa wsp, 16
	.loc	1 28 70 epilogue_begin
	ldp	x29, x30, [sp], #16
	.cfi_def_cfa_offset 0
	.cfi_restore w30
	.cfi_restore w29
	b	_f4
LBB2_11:
	.cfi_restore_state
	.cfi_remember_state
	.cfi_def_cfa wsp, 16
	.loc	1 29 2 epilogue_begin is_stmt 1
	ldp	x29, x30, [sp], #16
	.cfi_def_cfa_offset 0
	.cfi_restore w30
	.cfi_restore w29
	ret
LBB2_12:
	.cfi_restore_state
	.cfi_remember_state
	.cfi_def_cfa wsp, 16
	.loc	1 28 40 epilogue_begin
	ldp	x29, x30, [sp], #16
	.cfi_def_cfa_offset 0
	.cfi_restore w30
	.cfi_restore w29
	b	_f1
LBB2_13:
	.cfi_restore_state
	.cfi_def_cfa wsp, 16
	.loc	1 28 83 epilogue_begin is_stmt 0
	ldp	x29, x30, [sp], #16
	.cfi_def_cfa_offset 0
	.cfi_restore w30
	.cfi_restore w29
	b	_f4
Ltmp5:
Lfunc_end2:
	.cfi_endproc

	.globl	__RNvCs5soj9GhKFqq_4main5grown
	.p2align	2
__RNvCs5soj9GhKFqq_4main5grown:
Lfunc_begin3:
	.cfi_startproc
	.loc	1 25 25 prologue_end is_stmt 1
	mov	w0, #2
	b	__RNvNtCs5soj9GhKFqq_4main4grow4grow
Ltmp6:
Lfunc_end3:
	.cfi_endproc

	.globl	__RNvCs5soj9GhKFqq_4main8classify
	.p2align	2
__RNvCs5soj9GhKFqq_4main8classify:
Lfunc_begin4:
	.cfi_startproc
	.loc	1 18 5 prologue_end
	cmp	w0, #5
	b.hi	LBB4_2
Lloh3:
	adrp	x8, l_switch.table._RNvCs5soj9GhKFqq_4main8classify@PAGE
Lloh4:
	add	x8, x8, l_switch.table._RNvCs5soj9GhKFqq_4main8classify@PAGEOFF
	ldr	x1, [x8, w0, uxtw #3]
Lloh5:
	adrp	x8, l_switch.table._RNvCs5soj9GhKFqq_4main8classify.1@PAGE
Lloh6:
	add	x8, x8, l_switch.table._RNvCs5soj9GhKFqq_4main8classify.1@PAGEOFF
	ldr	x0, [x8, w0, uxtw #3]
	.loc	1 19 2
	ret
LBB4_2:
	.loc	1 0 2 is_stmt 0
Lloh7:
	adrp	x0, l_anon.93634a27d279086fdfca9a403d16ab48.6@PAGE
Lloh8:
	add	x0, x0, l_anon.93634a27d279086fdfca9a403d16ab48.6@PAGEOFF
	mov	w1, #4
	.loc	1 19 2 is_stmt 1
	ret
Ltmp7:
	.loh AdrpAdd	Lloh5, Lloh6
	.loh AdrpAdd	Lloh3, Lloh4
	.loh AdrpAdd	Lloh7, Lloh8
Lfunc_end4:
	.cfi_endproc

	.globl	__RNvNtCs5soj9GhKFqq_4main4grow4grow
	.p2align	2
__RNvNtCs5soj9GhKFqq_4main4grow4grow:
Lfunc_begin5:
	.cfi_startproc
	.file	2 "/work" "library/grow.rs"
	.loc	2 3 14 prologue_end
	b	_more
Ltmp8:
Lfunc_end5:
	.cfi_endproc

	.section	__TEXT,__const
	.globl	_TABLE
	.p2align	2, 0x0
_TABLE:
	.asciz	"\001\000\000\000\002\000\000\000\003\000\000\000\004\000\000"

	.section	__TEXT,__literal4,4byte_literals
l_anon.93634a27d279086fdfca9a403d16ab48.0:
	.ascii	"zero"

	.section	__TEXT,__const
l_anon.93634a27d279086fdfca9a403d16ab48.1:
	.ascii	"one"

l_anon.93634a27d279086fdfca9a403d16ab48.2:
	.ascii	"two"

l_anon.93634a27d279086fdfca9a403d16ab48.3:
	.ascii	"three"

	.section	__TEXT,__literal4,4byte_literals
l_anon.93634a27d279086fdfca9a403d16ab48.4:
	.ascii	"four"

l_anon.93634a27d279086fdfca9a403d16ab48.5:
	.ascii	"five"

l_anon.93634a27d279086fdfca9a403d16ab48.6:
	.ascii	"many"

	.section	__TEXT,__const
	.p2align	3, 0x0
l_switch.table._RNvCs5soj9GhKFqq_4main8classify:
	.quad	4
	.quad	3
	.quad	3
	.quad	5
	.quad	4
	.quad	4

	.section	__DATA,__const
	.p2align	3, 0x0
l_switch.table._RNvCs5soj9GhKFqq_4main8classify.1:
	.quad	l_anon.93634a27d279086fdfca9a403d16ab48.0
	.quad	l_anon.93634a27d279086fdfca9a403d16ab48.1
	.quad	l_anon.93634a27d279086fdfca9a403d16ab48.2
	.quad	l_anon.93634a27d279086fdfca9a403d16ab48.3
	.quad	l_anon.93634a27d279086fdfca9a403d16ab48.4
	.quad	l_anon.93634a27d279086fdfca9a403d16ab48.5

	.section	__DWARF,__apple_names,regular,debug
Lnames_begin:
	.long	1212240712
	.short	1
	.short	0
	.long	1
	.long	0
	.long	12
	.long	0
	.long	1
	.short	1
	.short	6
	.long	-1
	.section	__DWARF,__apple_objc,regular,debug
Lobjc_begin:
	.long	1212240712
	.short	1
	.short	0
	.long	1
	.long	0
	.long	12
	.long	0
	.long	1
	.short	1
	.short	6
	.long	-1
	.section	__DWARF,__apple_namespac,regular,debug
Lnamespac_begin:
	.long	1212240712
	.short	1
	.short	0
	.long	1
	.long	0
	.long	12
	.long	0
	.long	1
	.short	1
	.short	6
	.long	-1
	.section	__DWARF,__apple_types,regular,debug
Ltypes_begin:
	.long	1212240712
	.short	1
	.short	0
	.long	1
	.long	0
	.long	20
	.long	0
	.long	3
	.short	1
	.short	6
	.short	3
	.short	5
	.short	4
	.short	11
	.long	-1
.subsections_via_symbols
