	.def	@feat.00;
	.scl	3;
	.type	0;
	.endef
	.globl	@feat.00
@feat.00 = 0
	.file	"main.3f926c533f617f2c-cgu.0"
	.def	_RNvCs5soj9GhKFqq_4main10inline_asm;
	.scl	2;
	.type	32;
	.endef
	.section	.text,"xr",one_only,_RNvCs5soj9GhKFqq_4main10inline_asm,unique,0
	.globl	_RNvCs5soj9GhKFqq_4main10inline_asm
	.p2align	4
_RNvCs5soj9GhKFqq_4main10inline_asm:
.Lfunc_begin0:
	.cv_func_id 0
	.cv_file	1 "/work/main.rs" "793E39F07B782F6616BF832C9ABEBC96680EC2C2DB9E14941B44F3EB428FF888" 3
	.cv_loc	0 1 37 0
.seh_proc _RNvCs5soj9GhKFqq_4main10inline_asm
	pushq	%rax
	.seh_stackalloc 8
	.seh_endprologue
.Ltmp0:
	.cv_loc	0 1 37 0
	#APP

	# a comment
	movq	%rcx, %rax
	.byte	1

	#NO_APP
.Ltmp1:
	.cv_loc	0 1 37 0
	.seh_startepilogue
	popq	%rcx
	.seh_endepilogue
	retq
.Ltmp2:
.Lfunc_end0:
	.seh_endproc

	.def	_RNvCs5soj9GhKFqq_4main3ext;
	.scl	2;
	.type	32;
	.endef
	.section	.text,"xr",one_only,_RNvCs5soj9GhKFqq_4main3ext,unique,1
	.globl	_RNvCs5soj9GhKFqq_4main3ext
	.p2align	4
_RNvCs5soj9GhKFqq_4main3ext:
.Lfunc_begin1:
	.cv_func_id 1
	.cv_loc	1 1 31 0
	movl	EXT(%rip), %eax
	retq
.Ltmp3:
.Lfunc_end1:

	.def	_RNvCs5soj9GhKFqq_4main4jump;
	.scl	2;
	.type	32;
	.endef
	.section	.text,"xr",one_only,_RNvCs5soj9GhKFqq_4main4jump,unique,2
	.globl	_RNvCs5soj9GhKFqq_4main4jump
	.p2align	4
_RNvCs5soj9GhKFqq_4main4jump:
.Lfunc_begin2:
	.cv_func_id 2
	.cv_loc	2 1 27 0
.seh_proc _RNvCs5soj9GhKFqq_4main4jump
	subq	$40, %rsp
	.seh_stackalloc 40
	.seh_endprologue
.Ltmp4:
	.cv_loc	2 1 28 0
	cmpl	$5, %ecx
	ja	.LBB2_2
	movl	%ecx, %eax
	leaq	.LJTI2_0(%rip), %rcx
	movslq	(%rcx,%rax,4), %rax
	addq	%rcx, %rax
.Ltmp5:
	jmpq	*%rax
.LBB2_3:
	.seh_startepilogue
	addq	$40, %rsp
	.seh_endepilogue
	jmp	f0
.LBB2_5:
	callq	f3
	nop
.LBB2_6:
	.seh_startepilogue
	addq	$40, %rsp
	.seh_endepilogue
	jmp	f4
.LBB2_4:
	.seh_startepilogue
	addq	$40, %rsp
	.seh_endepilogue
	jmp	f2
.LBB2_7:
	callq	f5
	nop
.LBB2_8:
	.seh_startepilogue
	addq	$40, %rsp
	.seh_endepilogue
	jmp	f1
.LBB2_2:
	.cv_loc	2 1 29 0
	.seh_startepilogue
	addq	$40, %rsp
	.seh_endepilogue
	retq
.Ltmp6:
.Lfunc_end2:
	.section	.rdata,"dr",associative,_RNvCs5soj9GhKFqq_4main4jump,unique,3
	.p2align	2, 0x0
.LJTI2_0:
	.long	.LBB2_3-.LJTI2_0
	.long	.LBB2_8-.LJTI2_0
	.long	.LBB2_4-.LJTI2_0
	.long	.LBB2_5-.LJTI2_0
	.long	.LBB2_6-.LJTI2_0
	.long	.LBB2_7-.LJTI2_0
	.section	.text,"xr",one_only,_RNvCs5soj9GhKFqq_4main4jump,unique,2
	.seh_endproc

	.def	_RNvCs5soj9GhKFqq_4main5grown;
	.scl	2;
	.type	32;
	.endef
	.section	.text,"xr",one_only,_RNvCs5soj9GhKFqq_4main5grown,unique,4
	.globl	_RNvCs5soj9GhKFqq_4main5grown
	.p2align	4
_RNvCs5soj9GhKFqq_4main5grown:
.Lfunc_begin3:
	.cv_func_id 3
	.cv_loc	3 1 25 0
	movl	$2, %ecx
	jmp	_RNvNtCs5soj9GhKFqq_4main4grow4grow
.Ltmp7:
.Lfunc_end3:

	.def	_RNvCs5soj9GhKFqq_4main8classify;
	.scl	2;
	.type	32;
	.endef
	.section	.text,"xr",one_only,_RNvCs5soj9GhKFqq_4main8classify,unique,5
	.globl	_RNvCs5soj9GhKFqq_4main8classify
	.p2align	4
_RNvCs5soj9GhKFqq_4main8classify:
.Lfunc_begin4:
	.cv_func_id 4
	.cv_loc	4 1 17 0
	.cv_loc	4 1 18 0
	cmpl	$5, %ecx
	ja	.LBB4_1
	movl	%ecx, %eax
	leaq	switch.table._RNvCs5soj9GhKFqq_4main8classify(%rip), %rcx
	movq	(%rcx,%rax,8), %rdx
	leaq	switch.table._RNvCs5soj9GhKFqq_4main8classify.1.rel(%rip), %rcx
	movslq	(%rcx,%rax,4), %rax
	addq	%rcx, %rax
	.cv_loc	4 1 19 0
	retq
.LBB4_1:
	leaq	anon.93634a27d279086fdfca9a403d16ab48.6(%rip), %rax
	movl	$4, %edx
	retq
.Ltmp8:
.Lfunc_end4:

	.def	_RNvNtCs5soj9GhKFqq_4main4grow4grow;
	.scl	2;
	.type	32;
	.endef
	.section	.text,"xr",one_only,_RNvNtCs5soj9GhKFqq_4main4grow4grow,unique,6
	.globl	_RNvNtCs5soj9GhKFqq_4main4grow4grow
	.p2align	4
_RNvNtCs5soj9GhKFqq_4main4grow4grow:
.Lfunc_begin5:
	.cv_func_id 5
	.cv_file	2 "/work/library/grow.rs" "90B5DD9EA360CDE5A578A54EEF7DFE506986F6F70F3BE5DAF11C780E38226407" 3
	.cv_loc	5 2 3 0
	jmp	more
.Ltmp9:
.Lfunc_end5:

	.section	.rdata,"dr",one_only,TABLE,unique,7
	.globl	TABLE
	.p2align	2, 0x0
TABLE:
	.asciz	"\001\000\000\000\002\000\000\000\003\000\000\000\004\000\000"

	.section	.rdata,"dr",one_only,anon.93634a27d279086fdfca9a403d16ab48.0,unique,8
anon.93634a27d279086fdfca9a403d16ab48.0:
	.ascii	"zero"

	.section	.rdata,"dr",one_only,anon.93634a27d279086fdfca9a403d16ab48.1,unique,9
anon.93634a27d279086fdfca9a403d16ab48.1:
	.ascii	"one"

	.section	.rdata,"dr",one_only,anon.93634a27d279086fdfca9a403d16ab48.2,unique,10
anon.93634a27d279086fdfca9a403d16ab48.2:
	.ascii	"two"

	.section	.rdata,"dr",one_only,anon.93634a27d279086fdfca9a403d16ab48.3,unique,11
anon.93634a27d279086fdfca9a403d16ab48.3:
	.ascii	"three"

	.section	.rdata,"dr",one_only,anon.93634a27d279086fdfca9a403d16ab48.4,unique,12
anon.93634a27d279086fdfca9a403d16ab48.4:
	.ascii	"four"

	.section	.rdata,"dr",one_only,anon.93634a27d279086fdfca9a403d16ab48.5,unique,13
anon.93634a27d279086fdfca9a403d16ab48.5:
	.ascii	"five"

	.section	.rdata,"dr",one_only,anon.93634a27d279086fdfca9a403d16ab48.6,unique,14
anon.93634a27d279086fdfca9a403d16ab48.6:
	.ascii	"many"

	.section	.rdata,"dr",one_only,switch.table._RNvCs5soj9GhKFqq_4main8classify,unique,15
	.p2align	3, 0x0
switch.table._RNvCs5soj9GhKFqq_4main8classify:
	.quad	4
	.quad	3
	.quad	3
	.quad	5
	.quad	4
	.quad	4

	.section	.rdata,"dr",one_only,switch.table._RNvCs5soj9GhKFqq_4main8classify.1.rel,unique,16
	.p2align	2, 0x0
switch.table._RNvCs5soj9GhKFqq_4main8classify.1.rel:
	.long	anon.93634a27d279086fdfca9a403d16ab48.0-switch.table._RNvCs5soj9GhKFqq_4main8classify.1.rel
	.long	anon.93634a27d279086fdfca9a403d16ab48.1-switch.table._RNvCs5soj9GhKFqq_4main8classify.1.rel
	.long	anon.93634a27d279086fdfca9a403d16ab48.2-switch.table._RNvCs5soj9GhKFqq_4main8classify.1.rel
	.long	anon.93634a27d279086fdfca9a403d16ab48.3-switch.table._RNvCs5soj9GhKFqq_4main8classify.1.rel
	.long	anon.93634a27d279086fdfca9a403d16ab48.4-switch.table._RNvCs5soj9GhKFqq_4main8classify.1.rel
	.long	anon.93634a27d279086fdfca9a403d16ab48.5-switch.table._RNvCs5soj9GhKFqq_4main8classify.1.rel

	.section	.data,"dw",one_only,__imp_TABLE,unique,17
	.globl	__imp_TABLE
	.p2align	3, 0x0
__imp_TABLE:
	.quad	TABLE

	.section	.debug$S,"dr"
	.p2align	2, 0x0
	.long	4
	.long	241
	.long	.Ltmp11-.Ltmp10
.Ltmp10:
	.short	.Ltmp13-.Ltmp12
.Ltmp12:
	.short	4353
	.long	0
	.asciz	"main.main.3f926c533f617f2c-cgu.0.rcgu.o"
	.p2align	2, 0x0
.Ltmp13:
	.short	.Ltmp15-.Ltmp14
.Ltmp14:
	.short	4412
	.long	21
	.short	208
	.short	1
	.short	95
	.short	0
	.short	0
	.short	22012
	.short	0
	.short	0
	.short	0
	.asciz	"clang LLVM (rustc version 1.95.0 (59807616e 2026-04-14))"
	.p2align	2, 0x0
.Ltmp15:
.Ltmp11:
	.p2align	2, 0x0
	.section	.debug$S,"dr",associative,_RNvCs5soj9GhKFqq_4main10inline_asm
	.p2align	2, 0x0
	.long	4
	.long	241
	.long	.Ltmp17-.Ltmp16
.Ltmp16:
	.short	.Ltmp19-.Ltmp18
.Ltmp18:
	.short	4423
	.long	0
	.long	0
	.long	0
	.long	.Lfunc_end0-_RNvCs5soj9GhKFqq_4main10inline_asm
	.long	0
	.long	0
	.long	4099
	.secrel32	_RNvCs5soj9GhKFqq_4main10inline_asm
	.secidx	_RNvCs5soj9GhKFqq_4main10inline_asm
	.byte	192
	.asciz	"main::inline_asm"
	.p2align	2, 0x0
.Ltmp19:
	.short	.Ltmp21-.Ltmp20
.Ltmp20:
	.short	4114
	.long	8
	.long	0
	.long	0
	.long	0
	.long	0
	.short	0
	.long	1138696
	.p2align	2, 0x0
.Ltmp21:
	.short	2
	.short	4431
.Ltmp17:
	.p2align	2, 0x0
	.cv_linetable	0, _RNvCs5soj9GhKFqq_4main10inline_asm, .Lfunc_end0
	.section	.debug$S,"dr",associative,_RNvCs5soj9GhKFqq_4main3ext
	.p2align	2, 0x0
	.long	4
	.long	241
	.long	.Ltmp23-.Ltmp22
.Ltmp22:
	.short	.Ltmp25-.Ltmp24
.Ltmp24:
	.short	4423
	.long	0
	.long	0
	.long	0
	.long	.Lfunc_end1-_RNvCs5soj9GhKFqq_4main3ext
	.long	0
	.long	0
	.long	4100
	.secrel32	_RNvCs5soj9GhKFqq_4main3ext
	.secidx	_RNvCs5soj9GhKFqq_4main3ext
	.byte	192
	.asciz	"main::ext"
	.p2align	2, 0x0
.Ltmp25:
	.short	.Ltmp27-.Ltmp26
.Ltmp26:
	.short	4114
	.long	0
	.long	0
	.long	0
	.long	0
	.long	0
	.short	0
	.long	1056768
	.p2align	2, 0x0
.Ltmp27:
	.short	2
	.short	4431
.Ltmp23:
	.p2align	2, 0x0
	.cv_linetable	1, _RNvCs5soj9GhKFqq_4main3ext, .Lfunc_end1
	.section	.debug$S,"dr",associative,_RNvCs5soj9GhKFqq_4main4jump
	.p2align	2, 0x0
	.long	4
	.long	241
	.long	.Ltmp29-.Ltmp28
.Ltmp28:
	.short	.Ltmp31-.Ltmp30
.Ltmp30:
	.short	4423
	.long	0
	.long	0
	.long	0
	.long	.Lfunc_end2-_RNvCs5soj9GhKFqq_4main4jump
	.long	0
	.long	0
	.long	4101
	.secrel32	_RNvCs5soj9GhKFqq_4main4jump
	.secidx	_RNvCs5soj9GhKFqq_4main4jump
	.byte	192
	.asciz	"main::jump"
	.p2align	2, 0x0
.Ltmp31:
	.short	.Ltmp33-.Ltmp32
.Ltmp32:
	.short	4114
	.long	40
	.long	0
	.long	0
	.long	0
	.long	0
	.short	0
	.long	1138688
	.p2align	2, 0x0
.Ltmp33:
	.short	.Ltmp35-.Ltmp34
.Ltmp34:
	.short	4357
	.secrel32	.LBB2_3
	.byte	0
	.asciz	".LBB2_3"
	.p2align	2, 0x0
.Ltmp35:
	.short	.Ltmp37-.Ltmp36
.Ltmp36:
	.short	4357
	.secrel32	.LBB2_8
	.byte	0
	.asciz	".LBB2_8"
	.p2align	2, 0x0
.Ltmp37:
	.short	.Ltmp39-.Ltmp38
.Ltmp38:
	.short	4357
	.secrel32	.LBB2_4
	.byte	0
	.asciz	".LBB2_4"
	.p2align	2, 0x0
.Ltmp39:
	.short	.Ltmp41-.Ltmp40
.Ltmp40:
	.short	4357
	.secrel32	.LBB2_5
	.byte	0
	.asciz	".LBB2_5"
	.p2align	2, 0x0
.Ltmp41:
	.short	.Ltmp43-.Ltmp42
.Ltmp42:
	.short	4357
	.secrel32	.LBB2_6
	.byte	0
	.asciz	".LBB2_6"
	.p2align	2, 0x0
.Ltmp43:
	.short	.Ltmp45-.Ltmp44
.Ltmp44:
	.short	4357
	.secrel32	.LBB2_7
	.byte	0
	.asciz	".LBB2_7"
	.p2align	2, 0x0
.Ltmp45:
	.short	.Ltmp47-.Ltmp46
.Ltmp46:
	.short	4441
	.secrel32	.LJTI2_0
	.secidx	.LJTI2_0
	.short	4
	.secrel32	.Ltmp5
	.secrel32	.LJTI2_0
	.secidx	.Ltmp5
	.secidx	.LJTI2_0
	.long	6
	.p2align	2, 0x0
.Ltmp47:
	.short	2
	.short	4431
.Ltmp29:
	.p2align	2, 0x0
	.cv_linetable	2, _RNvCs5soj9GhKFqq_4main4jump, .Lfunc_end2
	.section	.debug$S,"dr",associative,_RNvCs5soj9GhKFqq_4main5grown
	.p2align	2, 0x0
	.long	4
	.long	241
	.long	.Ltmp49-.Ltmp48
.Ltmp48:
	.short	.Ltmp51-.Ltmp50
.Ltmp50:
	.short	4423
	.long	0
	.long	0
	.long	0
	.long	.Lfunc_end3-_RNvCs5soj9GhKFqq_4main5grown
	.long	0
	.long	0
	.long	4102
	.secrel32	_RNvCs5soj9GhKFqq_4main5grown
	.secidx	_RNvCs5soj9GhKFqq_4main5grown
	.byte	192
	.asciz	"main::grown"
	.p2align	2, 0x0
.Ltmp51:
	.short	.Ltmp53-.Ltmp52
.Ltmp52:
	.short	4114
	.long	0
	.long	0
	.long	0
	.long	0
	.long	0
	.short	0
	.long	1056768
	.p2align	2, 0x0
.Ltmp53:
	.short	2
	.short	4431
.Ltmp49:
	.p2align	2, 0x0
	.cv_linetable	3, _RNvCs5soj9GhKFqq_4main5grown, .Lfunc_end3
	.section	.debug$S,"dr",associative,_RNvCs5soj9GhKFqq_4main8classify
	.p2align	2, 0x0
	.long	4
	.long	241
	.long	.Ltmp55-.Ltmp54
.Ltmp54:
	.short	.Ltmp57-.Ltmp56
.Ltmp56:
	.short	4423
	.long	0
	.long	0
	.long	0
	.long	.Lfunc_end4-_RNvCs5soj9GhKFqq_4main8classify
	.long	0
	.long	0
	.long	4103
	.secrel32	_RNvCs5soj9GhKFqq_4main8classify
	.secidx	_RNvCs5soj9GhKFqq_4main8classify
	.byte	192
	.asciz	"main::classify"
	.p2align	2, 0x0
.Ltmp57:
	.short	.Ltmp59-.Ltmp58
.Ltmp58:
	.short	4114
	.long	0
	.long	0
	.long	0
	.long	0
	.long	0
	.short	0
	.long	1056768
	.p2align	2, 0x0
.Ltmp59:
	.short	2
	.short	4431
.Ltmp55:
	.p2align	2, 0x0
	.cv_linetable	4, _RNvCs5soj9GhKFqq_4main8classify, .Lfunc_end4
	.section	.debug$S,"dr",associative,_RNvNtCs5soj9GhKFqq_4main4grow4grow
	.p2align	2, 0x0
	.long	4
	.long	241
	.long	.Ltmp61-.Ltmp60
.Ltmp60:
	.short	.Ltmp63-.Ltmp62
.Ltmp62:
	.short	4423
	.long	0
	.long	0
	.long	0
	.long	.Lfunc_end5-_RNvNtCs5soj9GhKFqq_4main4grow4grow
	.long	0
	.long	0
	.long	4105
	.secrel32	_RNvNtCs5soj9GhKFqq_4main4grow4grow
	.secidx	_RNvNtCs5soj9GhKFqq_4main4grow4grow
	.byte	192
	.asciz	"main::grow::grow"
	.p2align	2, 0x0
.Ltmp63:
	.short	.Ltmp65-.Ltmp64
.Ltmp64:
	.short	4114
	.long	0
	.long	0
	.long	0
	.long	0
	.long	0
	.short	0
	.long	1056768
	.p2align	2, 0x0
.Ltmp65:
	.short	2
	.short	4431
.Ltmp61:
	.p2align	2, 0x0
	.cv_linetable	5, _RNvNtCs5soj9GhKFqq_4main4grow4grow, .Lfunc_end5
	.section	.debug$S,"dr"
	.cv_filechecksums
	.cv_stringtable
	.long	241
	.long	.Ltmp67-.Ltmp66
.Ltmp66:
	.short	.Ltmp69-.Ltmp68
.Ltmp68:
	.short	4428
	.long	4109
	.p2align	2, 0x0
.Ltmp69:
.Ltmp67:
	.p2align	2, 0x0
	.section	.debug$T,"dr"
	.p2align	2, 0x0
	.long	4
	.short	0xe
	.short	0x1605
	.long	0x0
	.asciz	"main"
	.byte	243
	.byte	242
	.byte	241
	.short	0x6
	.short	0x1201
	.long	0x0
	.short	0xe
	.short	0x1008
	.long	0x3
	.byte	0x0
	.byte	0x0
	.short	0x0
	.long	0x1001
	.short	0x16
	.short	0x1601
	.long	0x1000
	.long	0x1002
	.asciz	"inline_asm"
	.byte	241
	.short	0xe
	.short	0x1601
	.long	0x1000
	.long	0x1002
	.asciz	"ext"
	.short	0x12
	.short	0x1601
	.long	0x1000
	.long	0x1002
	.asciz	"jump"
	.byte	243
	.byte	242
	.byte	241
	.short	0x12
	.short	0x1601
	.long	0x1000
	.long	0x1002
	.asciz	"grown"
	.byte	242
	.byte	241
	.short	0x16
	.short	0x1601
	.long	0x1000
	.long	0x1002
	.asciz	"classify"
	.byte	243
	.byte	242
	.byte	241
	.short	0x12
	.short	0x1605
	.long	0x0
	.asciz	"main::grow"
	.byte	241
	.short	0x12
	.short	0x1601
	.long	0x1008
	.long	0x1002
	.asciz	"grow"
	.byte	243
	.byte	242
	.byte	241
	.short	0xe
	.short	0x1605
	.long	0x0
	.asciz	"/work"
	.byte	242
	.byte	241
	.short	0x2e
	.short	0x1605
	.long	0x0
	.asciz	"main.rs/@/main.3f926c533f617f2c-cgu.0"
	.byte	242
	.byte	241
	.short	0xa
	.short	0x1605
	.long	0x0
	.byte	0
	.byte	243
	.byte	242
	.byte	241
	.short	0x1a
	.short	0x1603
	.short	0x5
	.long	0x100a
	.long	0x100c
	.long	0x100b
	.long	0x100c
	.long	0x100c
	.byte	242
	.byte	241
