	.file	"main.3f926c533f617f2c-cgu.0"
	.section	.text._RNvCs5soj9GhKFqq_4main10inline_asm,"ax",@progbits
	.globl	_RNvCs5soj9GhKFqq_4main10inline_asm
	.p2align	2
	.type	_RNvCs5soj9GhKFqq_4main10inline_asm,@function
_RNvCs5soj9GhKFqq_4main10inline_asm:
.Lfunc_begin0:
	.file	1 "/work" "main.rs"
	.loc	1 37 0
	.cfi_startproc
	stp	x29, x30, [sp, #-16]!
	.cfi_def_cfa_offset 16
	mov	x29, sp
	.cfi_def_cfa w29, 16
	.cfi_offset w30, -8
	.cfi_offset w29, -16
.Ltmp0:
	.loc	1 37 74 prologue_end
	//APP
	// a comment
	mov	x8, x0
	.byte	1
	//NO_APP
.Ltmp1:
	.loc	1 37 151 is_stmt 0
	mov	x0, x8
	.cfi_def_cfa wsp, 16
	.loc	1 37 151 epilogue_begin
	ldp	x29, x30, [sp], #16
	.cfi_def_cfa_offset 0
	.cfi_restore w30
	.cfi_restore w29
	ret
.Ltmp2:
.Lfunc_end0:
	.size	_RNvCs5soj9GhKFqq_4main10inline_asm, .Lfunc_end0-_RNvCs5soj9GhKFqq_4main10inline_asm
	.cfi_endproc

	.section	.text._RNvCs5soj9GhKFqq_4main3ext,"ax",@progbits
	.globl	_RNvCs5soj9GhKFqq_4main3ext
	.p2align	2
	.type	_RNvCs5soj9GhKFqq_4main3ext,@function
_RNvCs5soj9GhKFqq_4main3ext:
.Lfunc_begin1:
	.cfi_startproc
	.loc	1 31 57 prologue_end is_stmt 1
	adrp	x8, :got:EXT
	ldr	x8, [x8, :got_lo12:EXT]
	ldr	w0, [x8]
	.loc	1 31 65 is_stmt 0
	ret
.Ltmp3:
.Lfunc_end1:
	.size	_RNvCs5soj9GhKFqq_4main3ext, .Lfunc_end1-_RNvCs5soj9GhKFqq_4main3ext
	.cfi_endproc

	.section	.text._RNvCs5soj9GhKFqq_4main4jump,"ax",@progbits
	.globl	_RNvCs5soj9GhKFqq_4main4jump
	.p2align	2
	.type	_RNvCs5soj9GhKFqq_4main4jump,@function
_RNvCs5soj9GhKFqq_4main4jump:
.Lfunc_begin2:
	.loc	1 27 0 is_stmt 1
	.cfi_startproc
	stp	x29, x30, [sp, #-16]!
	.cfi_def_cfa_offset 16
	mov	x29, sp
	.cfi_def_cfa w29, 16
	.cfi_offset w30, -8
	.cfi_offset w29, -16
	.cfi_remember_state
.Ltmp4:
	.loc	1 28 14 prologue_end
	cmp	w0, #2
	b.gt	.LBB2_5
	cbz	w0, .LBB2_9
	cmp	w0, #1
	b.eq	.LBB2_12
	cmp	w0, #2
	b.ne	.LBB2_11
	.cfi_def_cfa wsp, 16
	.loc	1 28 51 epilogue_begin is_stmt 0
	ldp	x29, x30, [sp], #16
	.cfi_def_cfa_offset 0
	.cfi_restore w30
	.cfi_restore w29
	b	f2
.LBB2_5:
	.cfi_restore_state
	.cfi_remember_state
	.loc	1 28 14
	cmp	w0, #3
	b.eq	.LBB2_10
	cmp	w0, #4
	b.eq	.LBB2_13
	cmp	w0, #5
	b.ne	.LBB2_11
	.loc	1 28 96
	bl	f5
	.cfi_def_cfa wsp, 16
	.loc	1 28 102 epilogue_begin
	ldp	x29, x30, [sp], #16
	.cfi_def_cfa_offset 0
	.cfi_restore w30
	.cfi_restore w29
	b	f1
.LBB2_9:
	.cfi_restore_state
	.cfi_remember_state
	.cfi_def_cfa wsp, 16
	.loc	1 28 29 epilogue_begin
	ldp	x29, x30, [sp], #16
	.cfi_def_cfa_offset 0
	.cfi_restore w30
	.cfi_restore w29
	b	f0
.LBB2_10:
	.cfi_restore_state
	.cfi_remember_state
	.loc	1 28 64
	bl	f3
	.cfi_def_cfa wsp, 16
	.loc	1 28 70 epilogue_begin
	ldp	x29, x30, [sp], #16
	.cfi_def_cfa_offset 0
	.cfi_restore w30
	.cfi_restore w29
	b	f4
.LBB2_11:
	.cfi_restore_state
	.cfi_remember_state
	.cfi_def_cfa wsp, 16
	.loc	1 29 2 epilogue_begin is_stmt 1
	ldp	x29, x30, [sp], #16
	.cfi_def_cfa_offset 0
	.cfi_restore w30
	.cfi_restore w29
	ret
.LBB2_12:
	.cfi_restore_state
	.cfi_remember_state
	.cfi_def_cfa wsp, 16
	.loc	1 28 40 epilogue_begin
	ldp	x29, x30, [sp], #16
	.cfi_def_cfa_offset 0
	.cfi_restore w30
	.cfi_restore w29
	b	f1
.LBB2_13:
	.cfi_restore_state
	.cfi_def_cfa wsp, 16
	.loc	1 28 83 epilogue_begin is_stmt 0
	ldp	x29, x30, [sp], #16
	.cfi_def_cfa_offset 0
	.cfi_restore w30
	.cfi_restore w29
	b	f4
.Ltmp5:
.Lfunc_end2:
	.size	_RNvCs5soj9GhKFqq_4main4jump, .Lfunc_end2-_RNvCs5soj9GhKFqq_4main4jump
	.cfi_endproc

	.section	.text._RNvCs5soj9GhKFqq_4main5grown,"ax",@progbits
	.globl	_RNvCs5soj9GhKFqq_4main5grown
	.p2align	2
	.type	_RNvCs5soj9GhKFqq_4main5grown,@function
_RNvCs5soj9GhKFqq_4main5grown:
.Lfunc_begin3:
	.cfi_startproc
	.loc	1 25 25 prologue_end is_stmt 1
	mov	w0, #2
	b	_RNvNtCs5soj9GhKFqq_4main4grow4grow
.Ltmp6:
.Lfunc_end3:
	.size	_RNvCs5soj9GhKFqq_4main5grown, .Lfunc_end3-_RNvCs5soj9GhKFqq_4main5grown
	.cfi_endproc

	.section	.text._RNvCs5soj9GhKFqq_4main8classify,"ax",@progbits
	.globl	_RNvCs5soj9GhKFqq_4main8classify
	.p2align	2
	.type	_RNvCs5soj9GhKFqq_4main8classify,@function
_RNvCs5soj9GhKFqq_4main8classify:
.Lfunc_begin4:
	.cfi_startproc
	.loc	1 18 5 prologue_end
	cmp	w0, #5
	b.hi	.LBB4_2
	adrp	x8, .Lswitch.table._RNvCs5soj9GhKFqq_4main8classify.1.rel
	add	x8, x8, :lo12:.Lswitch.table._RNvCs5soj9GhKFqq_4main8classify.1.rel
	adrp	x10, .Lswitch.table._RNvCs5soj9GhKFqq_4main8classify
	add	x10, x10, :lo12:.Lswitch.table._RNvCs5soj9GhKFqq_4main8classify
	ldrsw	x9, [x8, w0, uxtw #2]
	ldr	x1, [x10, w0, uxtw #3]
	add	x0, x8, x9
	.loc	1 19 2
	ret
.LBB4_2:
	.loc	1 0 2 is_stmt 0
	adrp	x0, .Lanon.93634a27d279086fdfca9a403d16ab48.6
	add	x0, x0, :lo12:.Lanon.93634a27d279086fdfca9a403d16ab48.6
	mov	w1, #4
	.loc	1 19 2 is_stmt 1
	ret
.Ltmp7:
.Lfunc_end4:
	.size	_RNvCs5soj9GhKFqq_4main8classify, .Lfunc_end4-_RNvCs5soj9GhKFqq_4main8classify
	.cfi_endproc

	.section	.text._RNvNtCs5soj9GhKFqq_4main4grow4grow,"ax",@progbits
	.globl	_RNvNtCs5soj9GhKFqq_4main4grow4grow
	.p2align	2
	.type	_RNvNtCs5soj9GhKFqq_4main4grow4grow,@function
_RNvNtCs5soj9GhKFqq_4main4grow4grow:
.Lfunc_begin5:
	.cfi_startproc
	.file	2 "/work" "library/grow.rs"
	.loc	2 3 14 prologue_end
	b	more
.Ltmp8:
.Lfunc_end5:
	.size	_RNvNtCs5soj9GhKFqq_4main4grow4grow, .Lfunc_end5-_RNvNtCs5soj9GhKFqq_4main4grow4grow
	.cfi_endproc

	.type	TABLE,@object
	.section	.rodata.TABLE,"a",@progbits
	.globl	TABLE
	.p2align	2, 0x0
TABLE:
	.asciz	"\001\000\000\000\002\000\000\000\003\000\000\000\004\000\000"
	.size	TABLE, 16

	.type	.Lanon.93634a27d279086fdfca9a403d16ab48.0,@object
	.section	.rodata..Lanon.93634a27d279086fdfca9a403d16ab48.0,"a",@progbits
.Lanon.93634a27d279086fdfca9a403d16ab48.0:
	.ascii	"zero"
	.size	.Lanon.93634a27d279086fdfca9a403d16ab48.0, 4

	.type	.Lanon.93634a27d279086fdfca9a403d16ab48.1,@object
	.section	.rodata..Lanon.93634a27d279086fdfca9a403d16ab48.1,"a",@progbits
.Lanon.93634a27d279086fdfca9a403d16ab48.1:
	.ascii	"one"
	.size	.Lanon.93634a27d279086fdfca9a403d16ab48.1, 3

	.type	.Lanon.93634a27d279086fdfca9a403d16ab48.2,@object
	.section	.rodata..Lanon.93634a27d279086fdfca9a403d16ab48.2,"a",@progbits
.Lanon.93634a27d279086fdfca9a403d16ab48.2:
	.ascii	"two"
	.size	.Lanon.93634a27d279086fdfca9a403d16ab48.2, 3

	.type	.Lanon.93634a27d279086fdfca9a403d16ab48.3,@object
	.section	.rodata..Lanon.93634a27d279086fdfca9a403d16ab48.3,"a",@progbits
.Lanon.93634a27d279086fdfca9a403d16ab48.3:
	.ascii	"three"
	.size	.Lanon.93634a27d279086fdfca9a403d16ab48.3, 5

	.type	.Lanon.93634a27d279086fdfca9a403d16ab48.4,@object
	.section	.rodata..Lanon.93634a27d279086fdfca9a403d16ab48.4,"a",@progbits
.Lanon.93634a27d279086fdfca9a403d16ab48.4:
	.ascii	"four"
	.size	.Lanon.93634a27d279086fdfca9a403d16ab48.4, 4

	.type	.Lanon.93634a27d279086fdfca9a403d16ab48.5,@object
	.section	.rodata..Lanon.93634a27d279086fdfca9a403d16ab48.5,"a",@progbits
.Lanon.93634a27d279086fdfca9a403d16ab48.5:
	.ascii	"five"
	.size	.Lanon.93634a27d279086fdfca9a403d16ab48.5, 4

	.type	.Lanon.93634a27d279086fdfca9a403d16ab48.6,@object
	.section	.rodata.cst4,"aM",@progbits,4
.Lanon.93634a27d279086fdfca9a403d16ab48.6:
	.ascii	"many"
	.size	.Lanon.93634a27d279086fdfca9a403d16ab48.6, 4

	.type	.Lswitch.table._RNvCs5soj9GhKFqq_4main8classify,@object
	.section	.rodata..Lswitch.table._RNvCs5soj9GhKFqq_4main8classify,"a",@progbits
	.p2align	3, 0x0
.Lswitch.table._RNvCs5soj9GhKFqq_4main8classify:
	.xword	4
	.xword	3
	.xword	3
	.xword	5
	.xword	4
	.xword	4
	.size	.Lswitch.table._RNvCs5soj9GhKFqq_4main8classify, 48

	.type	.Lswitch.table._RNvCs5soj9GhKFqq_4main8classify.1.rel,@object
	.section	.rodata..Lswitch.table._RNvCs5soj9GhKFqq_4main8classify.1.rel,"a",@progbits
	.p2align	2, 0x0
.Lswitch.table._RNvCs5soj9GhKFqq_4main8classify.1.rel:
	.word	.Lanon.93634a27d279086fdfca9a403d16ab48.0-.Lswitch.table._RNvCs5soj9GhKFqq_4main8classify.1.rel
	.word	.Lanon.93634a27d279086fdfca9a403d16ab48.1-.Lswitch.table._RNvCs5soj9GhKFqq_4main8classify.1.rel
	.word	.Lanon.93634a27d279086fdfca9a403d16ab48.2-.Lswitch.table._RNvCs5soj9GhKFqq_4main8classify.1.rel
	.word	.Lanon.93634a27d279086fdfca9a403d16ab48.3-.Lswitch.table._RNvCs5soj9GhKFqq_4main8classify.1.rel
	.word	.Lanon.93634a27d279086fdfca9a403d16ab48.4-.Lswitch.table._RNvCs5soj9GhKFqq_4main8classify.1.rel
	.word	.Lanon.93634a27d279086fdfca9a403d16ab48.5-.Lswitch.table._RNvCs5soj9GhKFqq_4main8classify.1.rel
	.size	.Lswitch.table._RNvCs5soj9GhKFqq_4main8classify.1.rel, 24

	.ident	"rustc version 1.95.0 (59807616e 2026-04-14)"
	.section	".note.GNU-stack","",@progbits
