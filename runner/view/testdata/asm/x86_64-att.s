	.file	"main.3f926c533f617f2c-cgu.0"


	.section	.text._ZN4main4bare17h59235efed41ba67cE,"ax",@progbits
	.p2align	2
	.globl	_ZN4main4bare17h59235efed41ba67cE
	.type	_ZN4main4bare17h59235efed41ba67cE,@function
_ZN4main4bare17h59235efed41ba67cE:
	leaq	1(%rdi), %rax
.Ltmp0:
	jmp	.Ltmp0
	retq
.Lfunc_end__ZN4main4bare17h59235efed41ba67cE:
.Ltmp1:
	.size	_ZN4main4bare17h59235efed41ba67cE, .Ltmp1-_ZN4main4bare17h59235efed41ba67cE
	.text




	# of the whole program
	.globl	outside
outside:
	nop
	.p2align	4
	retq
	.long	3



	.section	".text._ZN4main13gr$uf6$$udf$e17hddc9a9052d564916E","ax",@progbits
	.globl	_ZN4main13gr$uf6$$udf$e17hddc9a9052d564916E
	.p2align	4
	.type	_ZN4main13gr$uf6$$udf$e17hddc9a9052d564916E,@function
_ZN4main13gr$uf6$$udf$e17hddc9a9052d564916E:
.Lfunc_begin0:
	.cfi_startproc
	.file	1 "/work" "main.rs"
	.loc	1 45 5 prologue_end
	leaq	(%rdi,%rdi,2), %rax
	.loc	1 46 2
	retq
.Ltmp2:
.Lfunc_end0:
	.size	_ZN4main13gr$uf6$$udf$e17hddc9a9052d564916E, .Lfunc_end0-_ZN4main13gr$uf6$$udf$e17hddc9a9052d564916E
	.cfi_endproc

	.section	.text._ZN4main4jump17h25bcf84e9a8ddf90E,"ax",@progbits
	.globl	_ZN4main4jump17h25bcf84e9a8ddf90E
	.p2align	4
	.type	_ZN4main4jump17h25bcf84e9a8ddf90E,@function
_ZN4main4jump17h25bcf84e9a8ddf90E:
.Lfunc_begin1:
	.cfi_startproc
	.loc	1 17 5 prologue_end
	cmpl	$3, %edi
	ja	.LBB1_1
	.loc	1 0 5 is_stmt 0
	movl	%edi, %eax
	leaq	.LJTI1_0(%rip), %rcx
	.loc	1 17 5
	movslq	(%rcx,%rax,4), %rax
	addq	%rcx, %rax
	jmpq	*%rax
.LBB1_3:
	.loc	1 18 14 is_stmt 1
	movl	(%rsi), %eax
	incl	%eax
	.loc	1 0 0 is_stmt 0
	movl	%eax, (%rsi)
	.loc	1 24 2 is_stmt 1
	retq
.LBB1_5:
	.loc	1 20 19
	movl	(%rsi), %eax
.Ltmp3:
	.file	2 "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860" "library/core/src/intrinsics/mod.rs"
	.loc	2 2029 14
	roll	$7, %eax
.Ltmp4:
	.loc	1 0 0 is_stmt 0
	movl	%eax, (%rsi)
	.loc	1 24 2 is_stmt 1
	retq
.LBB1_6:
	.loc	1 21 14
	movl	(%rsi), %eax
	xorl	$9, %eax
	.loc	1 0 0 is_stmt 0
	movl	%eax, (%rsi)
	.loc	1 24 2 is_stmt 1
	retq
.LBB1_4:
	.loc	1 19 14
	movl	(%rsi), %eax
	leal	(%rax,%rax,2), %eax
	.loc	1 0 0 is_stmt 0
	movl	%eax, (%rsi)
	.loc	1 24 2 is_stmt 1
	retq
.LBB1_1:
	.loc	1 0 2 is_stmt 0
	xorl	%eax, %eax
	movl	%eax, (%rsi)
	.loc	1 24 2 is_stmt 1
	retq
.Ltmp5:
.Lfunc_end1:
	.size	_ZN4main4jump17h25bcf84e9a8ddf90E, .Lfunc_end1-_ZN4main4jump17h25bcf84e9a8ddf90E
	.cfi_endproc
	.section	.rodata._ZN4main4jump17h25bcf84e9a8ddf90E,"a",@progbits
	.p2align	2, 0x0
.LJTI1_0:
	.long	.LBB1_3-.LJTI1_0
	.long	.LBB1_4-.LJTI1_0
	.long	.LBB1_5-.LJTI1_0
	.long	.LBB1_6-.LJTI1_0

	.section	.text._ZN4main4push17h1f1e517125d75d8aE,"ax",@progbits
	.globl	_ZN4main4push17h1f1e517125d75d8aE
	.p2align	4
	.type	_ZN4main4push17h1f1e517125d75d8aE,@function
_ZN4main4push17h1f1e517125d75d8aE:
.Lfunc_begin2:
	.loc	1 27 0
	.cfi_startproc
	pushq	%rbp
	.cfi_def_cfa_offset 16
	pushq	%r14
	.cfi_def_cfa_offset 24
	pushq	%rbx
	.cfi_def_cfa_offset 32
	.cfi_offset %rbx, -32
	.cfi_offset %r14, -24
	.cfi_offset %rbp, -16
	.file	3 "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860" "library/alloc/src/vec/mod.rs"
	.loc	3 1025 19 prologue_end
	movq	16(%rdi), %r14
.Ltmp6:
	.loc	3 1028 12
	cmpq	(%rdi), %r14
	je	.LBB2_1
.LBB2_2:
.Ltmp7:
	.file	4 "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860" "library/alloc/src/raw_vec/mod.rs"
	.loc	4 612 9
	movq	8(%rdi), %rax
.Ltmp8:
	.file	5 "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860" "library/core/src/ptr/mut_ptr.rs"
	.loc	5 961 18
	leaq	(%r14,%r14,2), %rcx
.Ltmp9:
	.file	6 "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860" "library/core/src/ptr/mod.rs"
	.loc	6 1917 41
	movq	$1, (%rax,%rcx,8)
	movq	$2, 8(%rax,%rcx,8)
	movl	%esi, 16(%rax,%rcx,8)
.Ltmp10:
	.loc	3 1034 13
	incq	%r14
	movq	%r14, 16(%rdi)
.Ltmp11:
	.loc	1 29 2 epilogue_begin
	popq	%rbx
	.cfi_def_cfa_offset 24
	popq	%r14
	.cfi_def_cfa_offset 16
	popq	%rbp
	.cfi_def_cfa_offset 8
	retq
.LBB2_1:
	.cfi_def_cfa_offset 32
	.loc	1 0 2 is_stmt 0
	movq	%rdi, %rbx
	movl	%esi, %ebp
.Ltmp12:
	.loc	3 1029 22 is_stmt 1
	callq	*_ZN5alloc7raw_vec19RawVec$LT$T$C$A$GT$8grow_one17hebfdf55b52f09bc0E@GOTPCREL(%rip)
	movl	%ebp, %esi
	movq	%rbx, %rdi
	jmp	.LBB2_2
.Ltmp13:
.Lfunc_end2:
	.size	_ZN4main4push17h1f1e517125d75d8aE, .Lfunc_end2-_ZN4main4push17h1f1e517125d75d8aE
	.cfi_endproc

	.section	.text._ZN4main8add_five17h377189a970c6d18bE,"ax",@progbits
	.globl	_ZN4main8add_five17h377189a970c6d18bE
	.p2align	4
	.type	_ZN4main8add_five17h377189a970c6d18bE,@function
_ZN4main8add_five17h377189a970c6d18bE:
.Lfunc_begin3:
	.loc	1 37 0
	.cfi_startproc
	pushq	%rax
	.cfi_def_cfa_offset 16
.Ltmp14:
	.loc	1 39 14 prologue_end
	#APP

	# five more
	leaq	5(%rdi), %rax
	.byte	144

	#NO_APP
.Ltmp15:
	.loc	1 41 2 epilogue_begin
	popq	%rcx
	.cfi_def_cfa_offset 8
	retq
.Ltmp16:
.Lfunc_end3:
	.size	_ZN4main8add_five17h377189a970c6d18bE, .Lfunc_end3-_ZN4main8add_five17h377189a970c6d18bE
	.cfi_endproc

	.section	".text.unlikely._ZN5alloc7raw_vec19RawVec$LT$T$C$A$GT$8grow_one17hebfdf55b52f09bc0E","ax",@progbits
	.globl	_ZN5alloc7raw_vec19RawVec$LT$T$C$A$GT$8grow_one17hebfdf55b52f09bc0E
	.p2align	4
	.type	_ZN5alloc7raw_vec19RawVec$LT$T$C$A$GT$8grow_one17hebfdf55b52f09bc0E,@function
_ZN5alloc7raw_vec19RawVec$LT$T$C$A$GT$8grow_one17hebfdf55b52f09bc0E:
.Lfunc_begin4:
	.loc	4 186 0
	.cfi_startproc
	pushq	%rax
	.cfi_def_cfa_offset 16
.Ltmp17:
	.loc	4 491 56 prologue_end
	movq	(%rdi), %rsi
	.loc	4 491 41 is_stmt 0
	callq	_ZN5alloc7raw_vec20RawVecInner$LT$A$GT$14grow_amortized17hb9a3dd5c44d46354E
	movabsq	$-9223372036854775807, %rcx
	.loc	4 491 27
	cmpq	%rcx, %rax
	.loc	4 491 16
	jne	.LBB4_2
.Ltmp18:
	.loc	4 189 6 epilogue_begin is_stmt 1
	popq	%rax
	.cfi_def_cfa_offset 8
	retq
.LBB4_2:
	.cfi_def_cfa_offset 16
.Ltmp19:
	.loc	4 492 13
	movq	%rax, %rdi
	movq	%rdx, %rsi
	callq	*_RNvNtCslNYArtu3iFV_5alloc7raw_vec12handle_error@GOTPCREL(%rip)
.Ltmp20:
.Lfunc_end4:
	.size	_ZN5alloc7raw_vec19RawVec$LT$T$C$A$GT$8grow_one17hebfdf55b52f09bc0E, .Lfunc_end4-_ZN5alloc7raw_vec19RawVec$LT$T$C$A$GT$8grow_one17hebfdf55b52f09bc0E
	.cfi_endproc

	.section	".text.unlikely._ZN5alloc7raw_vec20RawVecInner$LT$A$GT$11finish_grow17h15b07eec04a90a30E","ax",@progbits
	.p2align	4
	.type	_ZN5alloc7raw_vec20RawVecInner$LT$A$GT$11finish_grow17h15b07eec04a90a30E,@function
_ZN5alloc7raw_vec20RawVecInner$LT$A$GT$11finish_grow17h15b07eec04a90a30E:
.Lfunc_begin5:
	.loc	4 542 0
	.cfi_startproc
	pushq	%r15
	.cfi_def_cfa_offset 16
	pushq	%r14
	.cfi_def_cfa_offset 24
	pushq	%rbx
	.cfi_def_cfa_offset 32
	.cfi_offset %rbx, -32
	.cfi_offset %r14, -24
	.cfi_offset %r15, -16
	movq	%rdi, %rbx
	movl	$1, %r15d
	movabsq	$384307168202282325, %rax
.Ltmp21:
	.loc	2 457 8 prologue_end
	cmpq	%rax, %rdx
	jbe	.LBB5_2
	.loc	2 0 8 is_stmt 0
	movl	$8, %eax
	xorl	%r14d, %r14d
	.loc	2 457 8
	jmp	.LBB5_10
.Ltmp22:
.LBB5_2:
	.loc	4 0 0
	shlq	$3, %rdx
	leaq	(%rdx,%rdx,2), %r14
.Ltmp23:
	.loc	4 632 39 is_stmt 1
	movq	(%rsi), %rax
	testq	%rax, %rax
	je	.LBB5_4
.Ltmp24:
	.file	7 "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860" "library/core/src/num/uint_macros.rs"
	.loc	7 1232 17
	shlq	$3, %rax
	leaq	(%rax,%rax,2), %rax
.Ltmp25:
	.loc	4 642 23
	movq	8(%rsi), %rdi
.Ltmp26:
	.file	8 "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860" "library/alloc/src/alloc.rs"
	.loc	8 135 14
	movl	$8, %edx
	movq	%rax, %rsi
	movq	%r14, %rcx
	callq	*_RNvCsfLfy6EI15iL_7___rustc14___rust_realloc@GOTPCREL(%rip)
.Ltmp27:
	.loc	4 562 15
	testq	%rax, %rax
	.loc	4 562 9 is_stmt 0
	jne	.LBB5_6
	jmp	.LBB5_9
.Ltmp28:
.LBB5_4:
	.loc	8 186 9 is_stmt 1
	testq	%r14, %r14
	je	.LBB5_5
.Ltmp29:
	.loc	8 93 9
	callq	*_RNvCsfLfy6EI15iL_7___rustc35___rust_no_alloc_shim_is_unstable_v2@GOTPCREL(%rip)
	.loc	8 95 9
	movl	$8, %esi
	movq	%r14, %rdi
	callq	*_RNvCsfLfy6EI15iL_7___rustc12___rust_alloc@GOTPCREL(%rip)
.Ltmp30:
	.loc	4 562 15
	testq	%rax, %rax
	.loc	4 562 9 is_stmt 0
	jne	.LBB5_6
.LBB5_9:
	.loc	4 564 23 is_stmt 1
	movq	$8, 8(%rbx)
	movl	$16, %eax
	jmp	.LBB5_10
.LBB5_5:
	.loc	4 0 23 is_stmt 0
	movl	$8, %eax
.LBB5_6:
.Ltmp31:
	.loc	4 563 27 is_stmt 1
	movq	%rax, 8(%rbx)
	movl	$16, %eax
	xorl	%r15d, %r15d
.Ltmp32:
.LBB5_10:
	.loc	4 0 0 is_stmt 0
	movq	%r14, (%rbx,%rax)
	movq	%r15, (%rbx)
	.loc	4 566 6 is_stmt 1
	movq	%rbx, %rax
	.loc	4 566 6 epilogue_begin is_stmt 0
	popq	%rbx
	.cfi_def_cfa_offset 24
	popq	%r14
	.cfi_def_cfa_offset 16
	popq	%r15
	.cfi_def_cfa_offset 8
	retq
.Ltmp33:
.Lfunc_end5:
	.size	_ZN5alloc7raw_vec20RawVecInner$LT$A$GT$11finish_grow17h15b07eec04a90a30E, .Lfunc_end5-_ZN5alloc7raw_vec20RawVecInner$LT$A$GT$11finish_grow17h15b07eec04a90a30E
	.cfi_endproc

	.section	".text.unlikely._ZN5alloc7raw_vec20RawVecInner$LT$A$GT$14grow_amortized17hb9a3dd5c44d46354E","ax",@progbits
	.p2align	4
	.type	_ZN5alloc7raw_vec20RawVecInner$LT$A$GT$14grow_amortized17hb9a3dd5c44d46354E,@function
_ZN5alloc7raw_vec20RawVecInner$LT$A$GT$14grow_amortized17hb9a3dd5c44d46354E:
.Lfunc_begin6:
	.loc	4 501 0 is_stmt 1
	.cfi_startproc
	pushq	%r14
	.cfi_def_cfa_offset 16
	pushq	%rbx
	.cfi_def_cfa_offset 24
	subq	$24, %rsp
	.cfi_def_cfa_offset 48
	.cfi_offset %rbx, -24
	.cfi_offset %r14, -16
	movq	%rdi, %rbx
.Ltmp34:
	.loc	7 769 37 prologue_end
	incq	%rsi
.Ltmp35:
	.loc	4 521 28
	movq	(%rdi), %rax
	addq	%rax, %rax
.Ltmp36:
	.file	9 "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860" "library/core/src/cmp.rs"
	.loc	9 1037 12
	cmpq	%rax, %rsi
	cmovaq	%rsi, %rax
.Ltmp37:
	.loc	9 1037 12 is_stmt 0
	cmpq	$5, %rax
	movl	$4, %r14d
	cmovaeq	%rax, %r14
	movq	%rsp, %rdi
.Ltmp38:
	.loc	4 527 33 is_stmt 1
	movq	%rbx, %rsi
	movq	%r14, %rdx
	callq	_ZN5alloc7raw_vec20RawVecInner$LT$A$GT$11finish_grow17h15b07eec04a90a30E
.Ltmp39:
	.file	10 "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860" "library/core/src/result.rs"
	.loc	10 2173 9
	cmpb	$0, (%rsp)
	je	.LBB6_2
	.loc	10 2175 17
	movq	8(%rsp), %rax
	movq	16(%rsp), %rdx
.Ltmp40:
	.loc	1 0 0 is_stmt 0
	jmp	.LBB6_3
.LBB6_2:
.Ltmp41:
	.loc	10 2174 16 is_stmt 1
	movq	8(%rsp), %rax
.Ltmp42:
	.loc	4 774 9
	movq	%rax, 8(%rbx)
	.loc	4 775 9
	movq	%r14, (%rbx)
	movabsq	$-9223372036854775807, %rax
.Ltmp43:
.LBB6_3:
	.loc	4 532 6 epilogue_begin
	addq	$24, %rsp
	.cfi_def_cfa_offset 24
	popq	%rbx
	.cfi_def_cfa_offset 16
	popq	%r14
	.cfi_def_cfa_offset 8
	retq
.Ltmp44:
.Lfunc_end6:
	.size	_ZN5alloc7raw_vec20RawVecInner$LT$A$GT$14grow_amortized17hb9a3dd5c44d46354E, .Lfunc_end6-_ZN5alloc7raw_vec20RawVecInner$LT$A$GT$14grow_amortized17hb9a3dd5c44d46354E
	.cfi_endproc

	.section	.text.name,"ax",@progbits
	.globl	name
	.p2align	4
	.type	name,@function
name:
.Lfunc_begin7:
	.cfi_startproc
	.loc	1 33 5 prologue_end
	cmpq	$1, %rdi
	ja	.LBB7_2
	shlq	$4, %rdi
	leaq	_ZN4main5NAMES17hd6ac18036f28217bE(%rip), %rcx
	movq	(%rdi,%rcx), %rax
	movq	8(%rdi,%rcx), %rdx
	.loc	1 34 2
	retq
.LBB7_2:
	.loc	1 0 2 is_stmt 0
	pushq	%rax
	.cfi_def_cfa_offset 16
	.loc	1 33 5 is_stmt 1
	leaq	.Lanon.b083058a55942ad9dd09ec697946cf19.3(%rip), %rdx
	movl	$2, %esi
	callq	*_RNvNtCsgEmfK2I1SDS_4core9panicking18panic_bounds_check@GOTPCREL(%rip)
.Ltmp45:
.Lfunc_end7:
	.size	name, .Lfunc_end7-name
	.cfi_endproc

	.type	.Lanon.b083058a55942ad9dd09ec697946cf19.0,@object
	.section	.rodata..Lanon.b083058a55942ad9dd09ec697946cf19.0,"a",@progbits
.Lanon.b083058a55942ad9dd09ec697946cf19.0:
	.ascii	"alpha"
	.size	.Lanon.b083058a55942ad9dd09ec697946cf19.0, 5

	.type	.Lanon.b083058a55942ad9dd09ec697946cf19.1,@object
	.section	.rodata.cst4,"aM",@progbits,4
.Lanon.b083058a55942ad9dd09ec697946cf19.1:
	.ascii	"beta"
	.size	.Lanon.b083058a55942ad9dd09ec697946cf19.1, 4

	.type	_ZN4main5NAMES17hd6ac18036f28217bE,@object
	.section	.data.rel.ro._ZN4main5NAMES17hd6ac18036f28217bE,"aw",@progbits
	.p2align	3, 0x0
_ZN4main5NAMES17hd6ac18036f28217bE:
	.quad	.Lanon.b083058a55942ad9dd09ec697946cf19.0
	.asciz	"\005\000\000\000\000\000\000"
	.quad	.Lanon.b083058a55942ad9dd09ec697946cf19.1
	.asciz	"\004\000\000\000\000\000\000"
	.size	_ZN4main5NAMES17hd6ac18036f28217bE, 32

	.type	_ZN4main5TABLE17h3e4bb65bb856e38fE,@object
	.section	.rodata._ZN4main5TABLE17h3e4bb65bb856e38fE,"a",@progbits
	.globl	_ZN4main5TABLE17h3e4bb65bb856e38fE
	.p2align	2, 0x0
_ZN4main5TABLE17h3e4bb65bb856e38fE:
	.asciz	"\001\000\000\000\002\000\000\000\003\000\000\000\005\000\000"
	.size	_ZN4main5TABLE17h3e4bb65bb856e38fE, 16

	.type	.Lanon.b083058a55942ad9dd09ec697946cf19.2,@object
	.section	.rodata.str1.1,"aMS",@progbits,1
.Lanon.b083058a55942ad9dd09ec697946cf19.2:
	.asciz	"main.rs"
	.size	.Lanon.b083058a55942ad9dd09ec697946cf19.2, 8

	.type	.Lanon.b083058a55942ad9dd09ec697946cf19.3,@object
	.section	.data.rel.ro..Lanon.b083058a55942ad9dd09ec697946cf19.3,"aw",@progbits
	.p2align	3, 0x0
.Lanon.b083058a55942ad9dd09ec697946cf19.3:
	.quad	.Lanon.b083058a55942ad9dd09ec697946cf19.2
	.asciz	"\007\000\000\000\000\000\000\000!\000\000\000\005\000\000"
	.size	.Lanon.b083058a55942ad9dd09ec697946cf19.3, 24

	.globl	_ZN4main4same17h79fe8b66fe7e4616E
	.type	_ZN4main4same17h79fe8b66fe7e4616E,@function
_ZN4main4same17h79fe8b66fe7e4616E = _ZN4main13gr$uf6$$udf$e17hddc9a9052d564916E
	.ident	"rustc version 1.95.0 (59807616e 2026-04-14)"
	.section	".note.GNU-stack","",@progbits
