	.intel_syntax noprefix
	.file	"main.a894151ee357851b-cgu.0"


	.section	.text._RNvCsetl1zAyIYjf_4main4bare,"ax",@progbits
	.p2align	2
	.globl	_RNvCsetl1zAyIYjf_4main4bare
	.type	_RNvCsetl1zAyIYjf_4main4bare,@function
_RNvCsetl1zAyIYjf_4main4bare:
	lea	rax, [rdi + 1]
.Ltmp0:
	jmp	.Ltmp0
	ret
.Lfunc_end__RNvCsetl1zAyIYjf_4main4bare:
.Ltmp1:
	.size	_RNvCsetl1zAyIYjf_4main4bare, .Ltmp1-_RNvCsetl1zAyIYjf_4main4bare
	.text




	# of the whole program
	.globl	outside
outside:
	nop
	.p2align	4
	ret
	.long	3



	.section	.text._RNvCsetl1zAyIYjf_4main4jump,"ax",@progbits
	.globl	_RNvCsetl1zAyIYjf_4main4jump
	.p2align	4
	.type	_RNvCsetl1zAyIYjf_4main4jump,@function
_RNvCsetl1zAyIYjf_4main4jump:
.Lfunc_begin0:
	.cfi_startproc
	.file	1 "/work" "main.rs"
	.loc	1 17 5 prologue_end
	cmp	edi, 3
	ja	.LBB0_1
	.loc	1 0 5 is_stmt 0
	mov	eax, edi
	lea	rcx, [rip + .LJTI0_0]
	.loc	1 17 5
	movsxd	rax, dword ptr [rcx + 4*rax]
	add	rax, rcx
	jmp	rax
.LBB0_3:
	.loc	1 18 14 is_stmt 1
	mov	eax, dword ptr [rsi]
	inc	eax
	.loc	1 0 0 is_stmt 0
	mov	dword ptr [rsi], eax
	.loc	1 24 2 is_stmt 1
	ret
.LBB0_5:
	.loc	1 20 19
	mov	eax, dword ptr [rsi]
.Ltmp2:
	.file	2 "/rustc/e50aa6fba4e63ab34c72bf9acfd2c307c1155d1a" "library/core/src/intrinsics/mod.rs"
	.loc	2 2032 14
	rol	eax, 7
.Ltmp3:
	.loc	1 0 0 is_stmt 0
	mov	dword ptr [rsi], eax
	.loc	1 24 2 is_stmt 1
	ret
.LBB0_6:
	.loc	1 21 14
	mov	eax, dword ptr [rsi]
	xor	eax, 9
	.loc	1 0 0 is_stmt 0
	mov	dword ptr [rsi], eax
	.loc	1 24 2 is_stmt 1
	ret
.LBB0_4:
	.loc	1 19 14
	mov	eax, dword ptr [rsi]
	lea	eax, [rax + 2*rax]
	.loc	1 0 0 is_stmt 0
	mov	dword ptr [rsi], eax
	.loc	1 24 2 is_stmt 1
	ret
.LBB0_1:
	.loc	1 0 2 is_stmt 0
	xor	eax, eax
	mov	dword ptr [rsi], eax
	.loc	1 24 2 is_stmt 1
	ret
.Ltmp4:
.Lfunc_end0:
	.size	_RNvCsetl1zAyIYjf_4main4jump, .Lfunc_end0-_RNvCsetl1zAyIYjf_4main4jump
	.cfi_endproc
	.section	.rodata._RNvCsetl1zAyIYjf_4main4jump,"a",@progbits
	.p2align	2, 0x0
.LJTI0_0:
	.long	.LBB0_3-.LJTI0_0
	.long	.LBB0_4-.LJTI0_0
	.long	.LBB0_5-.LJTI0_0
	.long	.LBB0_6-.LJTI0_0

	.section	.text._RNvCsetl1zAyIYjf_4main4push,"ax",@progbits
	.globl	_RNvCsetl1zAyIYjf_4main4push
	.p2align	4
	.type	_RNvCsetl1zAyIYjf_4main4push,@function
_RNvCsetl1zAyIYjf_4main4push:
.Lfunc_begin1:
	.loc	1 27 0
	.cfi_startproc
	push	rbp
	.cfi_def_cfa_offset 16
	push	r14
	.cfi_def_cfa_offset 24
	push	rbx
	.cfi_def_cfa_offset 32
	.cfi_offset rbx, -32
	.cfi_offset r14, -24
	.cfi_offset rbp, -16
	.file	3 "/rustc/e50aa6fba4e63ab34c72bf9acfd2c307c1155d1a" "library/alloc/src/vec/mod.rs"
	.loc	3 1037 19 prologue_end
	mov	r14, qword ptr [rdi + 16]
.Ltmp5:
	.loc	3 1040 12
	cmp	r14, qword ptr [rdi]
	je	.LBB1_1
.LBB1_2:
.Ltmp6:
	.file	4 "/rustc/e50aa6fba4e63ab34c72bf9acfd2c307c1155d1a" "library/alloc/src/raw_vec/mod.rs"
	.loc	4 614 9
	mov	rax, qword ptr [rdi + 8]
.Ltmp7:
	.file	5 "/rustc/e50aa6fba4e63ab34c72bf9acfd2c307c1155d1a" "library/core/src/ptr/mut_ptr.rs"
	.loc	5 961 18
	lea	rcx, [r14 + 2*r14]
.Ltmp8:
	.file	6 "/rustc/e50aa6fba4e63ab34c72bf9acfd2c307c1155d1a" "library/core/src/ptr/mod.rs"
	.loc	6 1933 41
	mov	qword ptr [rax + 8*rcx], 1
	mov	qword ptr [rax + 8*rcx + 8], 2
	mov	dword ptr [rax + 8*rcx + 16], esi
.Ltmp9:
	.loc	3 1046 13
	inc	r14
	mov	qword ptr [rdi + 16], r14
.Ltmp10:
	.loc	1 29 2 epilogue_begin
	pop	rbx
	.cfi_def_cfa_offset 24
	pop	r14
	.cfi_def_cfa_offset 16
	pop	rbp
	.cfi_def_cfa_offset 8
	ret
.LBB1_1:
	.cfi_def_cfa_offset 32
	.loc	1 0 2 is_stmt 0
	mov	rbx, rdi
	mov	ebp, esi
.Ltmp11:
	.loc	3 1041 22 is_stmt 1
	call	qword ptr [rip + _RNvMs3_NtCsbEht8wFNRx7_5alloc7raw_vecINtB5_6RawVecNtCsetl1zAyIYjf_4main4PairE8grow_oneBO_@GOTPCREL]
	mov	esi, ebp
	mov	rdi, rbx
	jmp	.LBB1_2
.Ltmp12:
.Lfunc_end1:
	.size	_RNvCsetl1zAyIYjf_4main4push, .Lfunc_end1-_RNvCsetl1zAyIYjf_4main4push
	.cfi_endproc

	.section	.text._RNvCsetl1zAyIYjf_4main4same,"ax",@progbits
	.globl	_RNvCsetl1zAyIYjf_4main4same
	.p2align	4
	.type	_RNvCsetl1zAyIYjf_4main4same,@function
_RNvCsetl1zAyIYjf_4main4same:
.Lfunc_begin2:
	.cfi_startproc
	.loc	1 50 5 prologue_end
	lea	rax, [rdi + 2*rdi]
	.loc	1 51 2
	ret
.Ltmp13:
.Lfunc_end2:
	.size	_RNvCsetl1zAyIYjf_4main4same, .Lfunc_end2-_RNvCsetl1zAyIYjf_4main4same
	.cfi_endproc

	.section	.text._RNvCsetl1zAyIYjf_4main8add_five,"ax",@progbits
	.globl	_RNvCsetl1zAyIYjf_4main8add_five
	.p2align	4
	.type	_RNvCsetl1zAyIYjf_4main8add_five,@function
_RNvCsetl1zAyIYjf_4main8add_five:
.Lfunc_begin3:
	.loc	1 37 0
	.cfi_startproc
	push	rax
	.cfi_def_cfa_offset 16
.Ltmp14:
	.loc	1 39 14 prologue_end
	#APP

	# five more
	lea	rax, [rdi + 5]
	.byte	144

	#NO_APP
.Ltmp15:
	.loc	1 41 2 epilogue_begin
	pop	rcx
	.cfi_def_cfa_offset 8
	ret
.Ltmp16:
.Lfunc_end3:
	.size	_RNvCsetl1zAyIYjf_4main8add_five, .Lfunc_end3-_RNvCsetl1zAyIYjf_4main8add_five
	.cfi_endproc

	.section	.text.unlikely._RNvMs3_NtCsbEht8wFNRx7_5alloc7raw_vecINtB5_6RawVecNtCsetl1zAyIYjf_4main4PairE8grow_oneBO_,"ax",@progbits
	.globl	_RNvMs3_NtCsbEht8wFNRx7_5alloc7raw_vecINtB5_6RawVecNtCsetl1zAyIYjf_4main4PairE8grow_oneBO_
	.p2align	4
	.type	_RNvMs3_NtCsbEht8wFNRx7_5alloc7raw_vecINtB5_6RawVecNtCsetl1zAyIYjf_4main4PairE8grow_oneBO_,@function
_RNvMs3_NtCsbEht8wFNRx7_5alloc7raw_vecINtB5_6RawVecNtCsetl1zAyIYjf_4main4PairE8grow_oneBO_:
.Lfunc_begin4:
	.loc	4 186 0
	.cfi_startproc
	push	rax
	.cfi_def_cfa_offset 16
.Ltmp17:
	.loc	4 492 56 prologue_end
	mov	rsi, qword ptr [rdi]
	.loc	4 492 41 is_stmt 0
	call	_RNvMs4_NtCsbEht8wFNRx7_5alloc7raw_vecNtB5_11RawVecInner14grow_amortizedCsetl1zAyIYjf_4main
	.loc	4 492 27
	cmp	rax, -1
	.loc	4 492 16
	jne	.LBB4_2
.Ltmp18:
	.loc	4 189 6 epilogue_begin is_stmt 1
	pop	rax
	.cfi_def_cfa_offset 8
	ret
.LBB4_2:
	.cfi_def_cfa_offset 16
.Ltmp19:
	.loc	4 493 13
	mov	rdi, rax
	mov	rsi, rdx
	call	qword ptr [rip + _RNvNtCsbEht8wFNRx7_5alloc7raw_vec12handle_error@GOTPCREL]
.Ltmp20:
.Lfunc_end4:
	.size	_RNvMs3_NtCsbEht8wFNRx7_5alloc7raw_vecINtB5_6RawVecNtCsetl1zAyIYjf_4main4PairE8grow_oneBO_, .Lfunc_end4-_RNvMs3_NtCsbEht8wFNRx7_5alloc7raw_vecINtB5_6RawVecNtCsetl1zAyIYjf_4main4PairE8grow_oneBO_
	.cfi_endproc

	.section	.text.unlikely._RNvMs4_NtCsbEht8wFNRx7_5alloc7raw_vecNtB5_11RawVecInner11finish_growCsetl1zAyIYjf_4main,"ax",@progbits
	.p2align	4
	.type	_RNvMs4_NtCsbEht8wFNRx7_5alloc7raw_vecNtB5_11RawVecInner11finish_growCsetl1zAyIYjf_4main,@function
_RNvMs4_NtCsbEht8wFNRx7_5alloc7raw_vecNtB5_11RawVecInner11finish_growCsetl1zAyIYjf_4main:
.Lfunc_begin5:
	.loc	4 543 0
	.cfi_startproc
	push	r15
	.cfi_def_cfa_offset 16
	push	r14
	.cfi_def_cfa_offset 24
	push	rbx
	.cfi_def_cfa_offset 32
	.cfi_offset rbx, -32
	.cfi_offset r14, -24
	.cfi_offset r15, -16
	mov	rbx, rdi
	mov	r15d, 1
	movabs	rax, 384307168202282325
.Ltmp21:
	.loc	2 459 8 prologue_end
	cmp	rdx, rax
	jbe	.LBB5_2
	.loc	2 0 8 is_stmt 0
	mov	eax, 8
	xor	r14d, r14d
	.loc	2 459 8
	jmp	.LBB5_10
.Ltmp22:
.LBB5_2:
	.loc	4 0 0
	shl	rdx, 3
	lea	r14, [rdx + 2*rdx]
.Ltmp23:
	.loc	4 634 39 is_stmt 1
	mov	rax, qword ptr [rsi]
	test	rax, rax
	je	.LBB5_4
.Ltmp24:
	.file	7 "/rustc/e50aa6fba4e63ab34c72bf9acfd2c307c1155d1a" "library/core/src/num/uint_macros.rs"
	.loc	7 1359 17
	shl	rax, 3
	lea	rax, [rax + 2*rax]
.Ltmp25:
	.loc	4 644 23
	mov	rdi, qword ptr [rsi + 8]
.Ltmp26:
	.file	8 "/rustc/e50aa6fba4e63ab34c72bf9acfd2c307c1155d1a" "library/alloc/src/alloc.rs"
	.loc	8 155 14
	mov	edx, 8
	mov	rsi, rax
	mov	rcx, r14
	call	qword ptr [rip + _RNvCseulmdZsCeCG_7___rustc14___rust_realloc@GOTPCREL]
.Ltmp27:
	.loc	4 563 15
	test	rax, rax
	.loc	4 563 9 is_stmt 0
	jne	.LBB5_6
	jmp	.LBB5_9
.Ltmp28:
.LBB5_4:
	.loc	8 206 9 is_stmt 1
	test	r14, r14
	je	.LBB5_5
.Ltmp29:
	.loc	8 99 9
	call	qword ptr [rip + _RNvCseulmdZsCeCG_7___rustc35___rust_no_alloc_shim_is_unstable_v2@GOTPCREL]
	.loc	8 101 9
	mov	esi, 8
	mov	rdi, r14
	call	qword ptr [rip + _RNvCseulmdZsCeCG_7___rustc12___rust_alloc@GOTPCREL]
.Ltmp30:
	.loc	4 563 15
	test	rax, rax
	.loc	4 563 9 is_stmt 0
	jne	.LBB5_6
.LBB5_9:
	.loc	4 565 23 is_stmt 1
	mov	qword ptr [rbx + 8], 8
	mov	eax, 16
	jmp	.LBB5_10
.LBB5_5:
	.loc	4 0 23 is_stmt 0
	mov	eax, 8
.LBB5_6:
.Ltmp31:
	.loc	4 564 27 is_stmt 1
	mov	qword ptr [rbx + 8], rax
	mov	eax, 16
	xor	r15d, r15d
.Ltmp32:
.LBB5_10:
	.loc	4 0 0 is_stmt 0
	mov	qword ptr [rbx + rax], r14
	mov	qword ptr [rbx], r15
	.loc	4 567 6 is_stmt 1
	mov	rax, rbx
	.loc	4 567 6 epilogue_begin is_stmt 0
	pop	rbx
	.cfi_def_cfa_offset 24
	pop	r14
	.cfi_def_cfa_offset 16
	pop	r15
	.cfi_def_cfa_offset 8
	ret
.Ltmp33:
.Lfunc_end5:
	.size	_RNvMs4_NtCsbEht8wFNRx7_5alloc7raw_vecNtB5_11RawVecInner11finish_growCsetl1zAyIYjf_4main, .Lfunc_end5-_RNvMs4_NtCsbEht8wFNRx7_5alloc7raw_vecNtB5_11RawVecInner11finish_growCsetl1zAyIYjf_4main
	.cfi_endproc

	.section	.text.unlikely._RNvMs4_NtCsbEht8wFNRx7_5alloc7raw_vecNtB5_11RawVecInner14grow_amortizedCsetl1zAyIYjf_4main,"ax",@progbits
	.p2align	4
	.type	_RNvMs4_NtCsbEht8wFNRx7_5alloc7raw_vecNtB5_11RawVecInner14grow_amortizedCsetl1zAyIYjf_4main,@function
_RNvMs4_NtCsbEht8wFNRx7_5alloc7raw_vecNtB5_11RawVecInner14grow_amortizedCsetl1zAyIYjf_4main:
.Lfunc_begin6:
	.loc	4 502 0 is_stmt 1
	.cfi_startproc
	push	r14
	.cfi_def_cfa_offset 16
	push	rbx
	.cfi_def_cfa_offset 24
	sub	rsp, 24
	.cfi_def_cfa_offset 48
	.cfi_offset rbx, -24
	.cfi_offset r14, -16
	mov	rbx, rdi
.Ltmp34:
	.loc	7 896 37 prologue_end
	inc	rsi
.Ltmp35:
	.loc	4 522 28
	mov	rax, qword ptr [rdi]
	add	rax, rax
.Ltmp36:
	.file	9 "/rustc/e50aa6fba4e63ab34c72bf9acfd2c307c1155d1a" "library/core/src/cmp.rs"
	.loc	9 1038 12
	cmp	rsi, rax
	cmova	rax, rsi
.Ltmp37:
	.loc	9 1038 12 is_stmt 0
	cmp	rax, 5
	mov	r14d, 4
	cmovae	r14, rax
	mov	rdi, rsp
.Ltmp38:
	.loc	4 528 33 is_stmt 1
	mov	rsi, rbx
	mov	rdx, r14
	call	_RNvMs4_NtCsbEht8wFNRx7_5alloc7raw_vecNtB5_11RawVecInner11finish_growCsetl1zAyIYjf_4main
.Ltmp39:
	.file	10 "/rustc/e50aa6fba4e63ab34c72bf9acfd2c307c1155d1a" "library/core/src/result.rs"
	.loc	10 2173 9
	cmp	byte ptr [rsp], 0
	je	.LBB6_2
	.loc	10 2175 17
	mov	rax, qword ptr [rsp + 8]
	mov	rdx, qword ptr [rsp + 16]
.Ltmp40:
	.loc	1 0 0 is_stmt 0
	jmp	.LBB6_3
.LBB6_2:
.Ltmp41:
	.loc	10 2174 16 is_stmt 1
	mov	rax, qword ptr [rsp + 8]
.Ltmp42:
	.loc	4 776 9
	mov	qword ptr [rbx + 8], rax
	.loc	4 777 9
	mov	qword ptr [rbx], r14
	mov	rax, -1
.Ltmp43:
.LBB6_3:
	.loc	4 533 6 epilogue_begin
	add	rsp, 24
	.cfi_def_cfa_offset 24
	pop	rbx
	.cfi_def_cfa_offset 16
	pop	r14
	.cfi_def_cfa_offset 8
	ret
.Ltmp44:
.Lfunc_end6:
	.size	_RNvMs4_NtCsbEht8wFNRx7_5alloc7raw_vecNtB5_11RawVecInner14grow_amortizedCsetl1zAyIYjf_4main, .Lfunc_end6-_RNvMs4_NtCsbEht8wFNRx7_5alloc7raw_vecNtB5_11RawVecInner14grow_amortizedCsetl1zAyIYjf_4main
	.cfi_endproc

	.section	.text.name,"ax",@progbits
	.globl	name
	.p2align	4
	.type	name,@function
name:
.Lfunc_begin7:
	.cfi_startproc
	.loc	1 33 5 prologue_end
	cmp	rdi, 1
	ja	.LBB7_2
	shl	rdi, 4
	lea	rcx, [rip + _RNvCsetl1zAyIYjf_4main5NAMES]
	mov	rax, qword ptr [rdi + rcx]
	mov	rdx, qword ptr [rdi + rcx + 8]
	.loc	1 34 2
	ret
.LBB7_2:
	.loc	1 0 2 is_stmt 0
	push	rax
	.cfi_def_cfa_offset 16
	.loc	1 33 5 is_stmt 1
	lea	rdx, [rip + .Lanon.0db1c47654c03336bf8c7acccb306108.3]
	mov	esi, 2
	call	qword ptr [rip + _RNvNtCs8NwYtU1Mohg_4core9panicking18panic_bounds_check@GOTPCREL]
.Ltmp45:
.Lfunc_end7:
	.size	name, .Lfunc_end7-name
	.cfi_endproc

	.type	.Lanon.0db1c47654c03336bf8c7acccb306108.0,@object
	.section	.rodata..Lanon.0db1c47654c03336bf8c7acccb306108.0,"a",@progbits
.Lanon.0db1c47654c03336bf8c7acccb306108.0:
	.ascii	"alpha"
	.size	.Lanon.0db1c47654c03336bf8c7acccb306108.0, 5

	.type	.Lanon.0db1c47654c03336bf8c7acccb306108.1,@object
	.section	.rodata.cst4,"aM",@progbits,4
.Lanon.0db1c47654c03336bf8c7acccb306108.1:
	.ascii	"beta"
	.size	.Lanon.0db1c47654c03336bf8c7acccb306108.1, 4

	.type	_RNvCsetl1zAyIYjf_4main5NAMES,@object
	.section	.data.rel.ro._RNvCsetl1zAyIYjf_4main5NAMES,"aw",@progbits
	.p2align	3, 0x0
_RNvCsetl1zAyIYjf_4main5NAMES:
	.quad	.Lanon.0db1c47654c03336bf8c7acccb306108.0
	.asciz	"\005\000\000\000\000\000\000"
	.quad	.Lanon.0db1c47654c03336bf8c7acccb306108.1
	.asciz	"\004\000\000\000\000\000\000"
	.size	_RNvCsetl1zAyIYjf_4main5NAMES, 32

	.type	_RNvCsetl1zAyIYjf_4main5TABLE,@object
	.section	.rodata._RNvCsetl1zAyIYjf_4main5TABLE,"a",@progbits
	.globl	_RNvCsetl1zAyIYjf_4main5TABLE
	.p2align	2, 0x0
_RNvCsetl1zAyIYjf_4main5TABLE:
	.asciz	"\001\000\000\000\002\000\000\000\003\000\000\000\005\000\000"
	.size	_RNvCsetl1zAyIYjf_4main5TABLE, 16

	.type	.Lanon.0db1c47654c03336bf8c7acccb306108.2,@object
	.section	.rodata.str1.1,"aMS",@progbits,1
.Lanon.0db1c47654c03336bf8c7acccb306108.2:
	.asciz	"main.rs"
	.size	.Lanon.0db1c47654c03336bf8c7acccb306108.2, 8

	.type	.Lanon.0db1c47654c03336bf8c7acccb306108.3,@object
	.section	.data.rel.ro..Lanon.0db1c47654c03336bf8c7acccb306108.3,"aw",@progbits
	.p2align	3, 0x0
.Lanon.0db1c47654c03336bf8c7acccb306108.3:
	.quad	.Lanon.0db1c47654c03336bf8c7acccb306108.2
	.asciz	"\007\000\000\000\000\000\000\000!\000\000\000\005\000\000"
	.size	.Lanon.0db1c47654c03336bf8c7acccb306108.3, 24

	.globl	_RNvCsetl1zAyIYjf_4mainu9gre_6ka8i
	.type	_RNvCsetl1zAyIYjf_4mainu9gre_6ka8i,@function
_RNvCsetl1zAyIYjf_4mainu9gre_6ka8i = _RNvCsetl1zAyIYjf_4main4same
	.ident	"rustc version 1.97.0-nightly (e50aa6fba 2026-05-19)"
	.section	".note.GNU-stack","",@progbits
