; ModuleID = 'main.3f926c533f617f2c-cgu.0'
source_filename = "main.3f926c533f617f2c-cgu.0"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

module asm ".intel_syntax"
module asm ".pushsection .text._ZN4main4bare17h59235efed41ba67cE,\22ax\22, @progbits"
module asm ".balign 4"
module asm ".globl _ZN4main4bare17h59235efed41ba67cE"
module asm ".type _ZN4main4bare17h59235efed41ba67cE, @function"
module asm "_ZN4main4bare17h59235efed41ba67cE:"
module asm "lea rax, [rdi+1]"
module asm "2: jmp 2b"
module asm "ret"
module asm ".Lfunc_end__ZN4main4bare17h59235efed41ba67cE:"
module asm ".size _ZN4main4bare17h59235efed41ba67cE, . - _ZN4main4bare17h59235efed41ba67cE"
module asm ".popsection"
module asm ""
module asm ".att_syntax"
module asm ".intel_syntax"
module asm "# of the whole program"
module asm ".globl outside"
module asm "outside:"
module asm "nop"
module asm ".p2align 4"
module asm "ret"
module asm ".long 3"
module asm ".att_syntax"

%Pair = type { i64, i64, i32, [1 x i32] }

@alloc_19bb968bf87d97aa8122af4bb473a80f = private unnamed_addr constant [5 x i8] c"alpha", align 1
@alloc_92cb8dbd9048800436c95cf5749d0776 = private unnamed_addr constant [4 x i8] c"beta", align 1
@_ZN4main5NAMES17hd6ac18036f28217bE = internal unnamed_addr constant <{ ptr, [8 x i8], ptr, [8 x i8] }> <{ ptr @alloc_19bb968bf87d97aa8122af4bb473a80f, [8 x i8] c"\05\00\00\00\00\00\00\00", ptr @alloc_92cb8dbd9048800436c95cf5749d0776, [8 x i8] c"\04\00\00\00\00\00\00\00" }>, align 8
@_ZN4main5TABLE17h3e4bb65bb856e38fE = local_unnamed_addr constant [16 x i8] c"\01\00\00\00\02\00\00\00\03\00\00\00\05\00\00\00", align 4
@alloc_fb681ad8228c3f7ebbf1c03e060f49b7 = private unnamed_addr constant [8 x i8] c"main.rs\00", align 1
@alloc_94f018f2c56192bdf02c0fe19af7f8fc = private unnamed_addr constant <{ ptr, [16 x i8] }> <{ ptr @alloc_fb681ad8228c3f7ebbf1c03e060f49b7, [16 x i8] c"\07\00\00\00\00\00\00\00!\00\00\00\05\00\00\00" }>, align 8

@_ZN4main4same17h79fe8b66fe7e4616E = unnamed_addr alias i64 (i64), ptr @"_ZN4main13gr$uf6$$udf$e17hddc9a9052d564916E"

; main::größe
; Function Attrs: mustprogress nofree noinline norecurse nosync nounwind nonlazybind willreturn memory(none) uwtable
define noundef i64 @"_ZN4main13gr$uf6$$udf$e17hddc9a9052d564916E"(i64 noundef %x) unnamed_addr #0 !dbg !7 {
start:
  %_0 = mul i64 %x, 3, !dbg !12
  ret i64 %_0, !dbg !13
}

; main::jump
; Function Attrs: mustprogress nofree noinline norecurse nosync nounwind nonlazybind willreturn memory(argmem: readwrite) uwtable
define void @_ZN4main4jump17h25bcf84e9a8ddf90E(i32 noundef %n, ptr noalias noundef align 4 captures(none) dereferenceable(4) %a) unnamed_addr #1 personality ptr @rust_eh_personality !dbg !14 {
start:
  switch i32 %n, label %bb6 [
    i32 0, label %bb5
    i32 1, label %bb4
    i32 2, label %bb3
    i32 3, label %bb2
  ], !dbg !15

bb5:                                              ; preds = %start
  %0 = load i32, ptr %a, align 4, !dbg !16, !noundef !11
  %1 = add i32 %0, 1, !dbg !16
  br label %bb6, !dbg !16

bb4:                                              ; preds = %start
  %2 = load i32, ptr %a, align 4, !dbg !17, !noundef !11
  %3 = mul i32 %2, 3, !dbg !17
  br label %bb6, !dbg !17

bb3:                                              ; preds = %start
  %_4 = load i32, ptr %a, align 4, !dbg !18, !noundef !11
  %4 = tail call noundef i32 @llvm.fshl.i32(i32 %_4, i32 %_4, i32 7), !dbg !19
  br label %bb6, !dbg !30

bb2:                                              ; preds = %start
  %5 = load i32, ptr %a, align 4, !dbg !31, !noundef !11
  %6 = xor i32 %5, 9, !dbg !31
  br label %bb6, !dbg !31

bb6:                                              ; preds = %start, %bb2, %bb3, %bb4, %bb5
  %.sink = phi i32 [ %1, %bb5 ], [ %6, %bb2 ], [ %4, %bb3 ], [ %3, %bb4 ], [ 0, %start ]
  store i32 %.sink, ptr %a, align 4, !dbg !32
  ret void, !dbg !33
}

; main::push
; Function Attrs: noinline nonlazybind uwtable
define void @_ZN4main4push17h1f1e517125d75d8aE(ptr noalias noundef align 8 captures(none) dereferenceable(24) %list, i32 noundef %n) unnamed_addr #2 personality ptr @rust_eh_personality !dbg !34 {
start:
  tail call void @llvm.experimental.noalias.scope.decl(metadata !35), !dbg !38
  %0 = getelementptr inbounds nuw i8, ptr %list, i64 16, !dbg !45
  %len.i = load i64, ptr %0, align 8, !dbg !45, !alias.scope !35, !noalias !48, !noundef !11
  %self1.i = load i64, ptr %list, align 8, !dbg !50, !range !60, !alias.scope !35, !noalias !48, !noundef !11
  %_4.i = icmp eq i64 %len.i, %self1.i, !dbg !61
  br i1 %_4.i, label %bb1.i, label %"_ZN5alloc3vec16Vec$LT$T$C$A$GT$8push_mut17ha961623fad007ccdE.exit", !dbg !61

bb1.i:                                            ; preds = %start
; call alloc::raw_vec::RawVec<T,A>::grow_one
  tail call void @"_ZN5alloc7raw_vec19RawVec$LT$T$C$A$GT$8grow_one17hebfdf55b52f09bc0E"(ptr noalias noundef nonnull align 8 dereferenceable(24) %list), !dbg !62, !noalias !48
  br label %"_ZN5alloc3vec16Vec$LT$T$C$A$GT$8push_mut17ha961623fad007ccdE.exit", !dbg !62

"_ZN5alloc3vec16Vec$LT$T$C$A$GT$8push_mut17ha961623fad007ccdE.exit": ; preds = %start, %bb1.i
  %1 = getelementptr inbounds nuw i8, ptr %list, i64 8, !dbg !63
  %_14.i = load ptr, ptr %1, align 8, !dbg !63, !alias.scope !35, !noalias !48, !nonnull !11, !noundef !11
  %end.i = getelementptr inbounds nuw %Pair, ptr %_14.i, i64 %len.i, !dbg !72
  store i64 1, ptr %end.i, align 8, !dbg !79, !noalias !35
  %_3.sroa.4.0.end.i.sroa_idx = getelementptr inbounds nuw i8, ptr %end.i, i64 8, !dbg !79
  store i64 2, ptr %_3.sroa.4.0.end.i.sroa_idx, align 8, !dbg !79, !noalias !35
  %_3.sroa.5.0.end.i.sroa_idx = getelementptr inbounds nuw i8, ptr %end.i, i64 16, !dbg !79
  store i32 %n, ptr %_3.sroa.5.0.end.i.sroa_idx, align 8, !dbg !79, !noalias !35
  %2 = add i64 %len.i, 1, !dbg !84
  store i64 %2, ptr %0, align 8, !dbg !84, !alias.scope !35, !noalias !48
  ret void, !dbg !85
}

; main::add_five
; Function Attrs: noinline nounwind nonlazybind uwtable
define noundef i64 @_ZN4main8add_five17h377189a970c6d18bE(i64 noundef %x) unnamed_addr #3 !dbg !86 {
start:
  %0 = tail call i64 asm sideeffect alignstack inteldialect "# five more\0Alea ${0:q}, [${1:q} + 5]\0A.byte 0x90", "=&r,r,~{dirflag},~{fpsr},~{flags},~{memory}"(i64 %x) #17, !dbg !87, !srcloc !89
  ret i64 %0, !dbg !90
}

; alloc::raw_vec::RawVec<T,A>::grow_one
; Function Attrs: cold noinline nonlazybind uwtable
define void @"_ZN5alloc7raw_vec19RawVec$LT$T$C$A$GT$8grow_one17hebfdf55b52f09bc0E"(ptr noalias noundef align 8 captures(none) dereferenceable(16) %self) unnamed_addr #4 !dbg !91 {
start:
  %self1 = load i64, ptr %self, align 8, !dbg !92, !range !60, !noundef !11
; call alloc::raw_vec::RawVecInner<A>::grow_amortized
  %0 = tail call fastcc { i64, i64 } @"_ZN5alloc7raw_vec20RawVecInner$LT$A$GT$14grow_amortized17hb9a3dd5c44d46354E"(ptr noalias noundef align 8 dereferenceable(16) %self, i64 noundef %self1), !dbg !96
  %1 = extractvalue { i64, i64 } %0, 0, !dbg !96
  %.not = icmp eq i64 %1, -9223372036854775807, !dbg !97
  br i1 %.not, label %bb3, label %bb2, !dbg !98, !prof !99

bb2:                                              ; preds = %start
  %2 = extractvalue { i64, i64 } %0, 1, !dbg !96
; call alloc::raw_vec::handle_error
  tail call void @_RNvNtCslNYArtu3iFV_5alloc7raw_vec12handle_error(i64 noundef %1, i64 %2) #18, !dbg !100
  unreachable, !dbg !100

bb3:                                              ; preds = %start
  ret void, !dbg !101
}

; alloc::raw_vec::RawVecInner<A>::finish_grow
; Function Attrs: cold nounwind nonlazybind uwtable
define internal fastcc void @"_ZN5alloc7raw_vec20RawVecInner$LT$A$GT$11finish_grow17h15b07eec04a90a30E"(ptr dead_on_unwind noalias noundef nonnull writable writeonly sret([24 x i8]) align 8 captures(none) dereferenceable(24) initializes((0, 8)) %_0, ptr noalias noundef nonnull readonly align 8 captures(none) dereferenceable(16) %self, i64 noundef range(i64 0, -1) %cap) unnamed_addr #5 !dbg !102 {
start:
  %_33.0 = mul i64 %cap, 24, !dbg !104
  %or.cond.not = icmp ugt i64 %cap, 384307168202282325, !dbg !119
  br i1 %or.cond.not, label %bb11, label %bb15, !dbg !119, !prof !123

bb15:                                             ; preds = %start
  %self1.i = load i64, ptr %self, align 8, !dbg !124, !range !60, !alias.scope !129, !noalias !132, !noundef !11
  %0 = icmp eq i64 %self1.i, 0, !dbg !124
  br i1 %0, label %bb5, label %bb3, !dbg !124

bb3:                                              ; preds = %bb15
  %alloc_size.i = mul nuw i64 %self1.i, 24, !dbg !134
  %1 = getelementptr inbounds nuw i8, ptr %self, i64 8, !dbg !137
  %self3.i = load ptr, ptr %1, align 8, !dbg !137, !alias.scope !129, !noalias !132, !nonnull !11, !noundef !11
  %cond.i.i = icmp uge i64 %_33.0, %alloc_size.i, !dbg !140
  tail call void @llvm.assume(i1 %cond.i.i), !dbg !153
; call __rustc::__rust_realloc
  %raw_ptr.i.i = tail call noundef align 8 ptr @_RNvCsfLfy6EI15iL_7___rustc14___rust_realloc(ptr noundef nonnull %self3.i, i64 noundef %alloc_size.i, i64 noundef 8, i64 noundef range(i64 0, 9223372036854775801) %_33.0) #17, !dbg !158
  br label %bb7, !dbg !161

bb5:                                              ; preds = %bb15
  %2 = icmp eq i64 %_33.0, 0, !dbg !162
  br i1 %2, label %bb9, label %bb4.i.i, !dbg !162

bb4.i.i:                                          ; preds = %bb5
; call __rustc::__rust_no_alloc_shim_is_unstable_v2
  tail call void @_RNvCsfLfy6EI15iL_7___rustc35___rust_no_alloc_shim_is_unstable_v2() #17, !dbg !169
; call __rustc::__rust_alloc
  %3 = tail call noundef align 8 ptr @_RNvCsfLfy6EI15iL_7___rustc12___rust_alloc(i64 noundef range(i64 0, 9223372036854775801) %_33.0, i64 noundef 8) #17, !dbg !173
  br label %bb7, !dbg !174

bb7:                                              ; preds = %bb4.i.i, %bb3
  %raw_ptr.i.i.pn = phi ptr [ %raw_ptr.i.i, %bb3 ], [ %3, %bb4.i.i ]
  %4 = icmp eq ptr %raw_ptr.i.i.pn, null, !dbg !181
  br i1 %4, label %bb8, label %bb9, !dbg !183

bb8:                                              ; preds = %bb7
  %5 = getelementptr inbounds nuw i8, ptr %_0, i64 8, !dbg !184
  store i64 8, ptr %5, align 8, !dbg !184
  br label %bb11, !dbg !185

bb9:                                              ; preds = %bb5, %bb7
  %raw_ptr.i.i.pn17 = phi ptr [ %raw_ptr.i.i.pn, %bb7 ], [ inttoptr (i64 8 to ptr), %bb5 ]
  %6 = getelementptr inbounds nuw i8, ptr %_0, i64 8, !dbg !186
  store ptr %raw_ptr.i.i.pn17, ptr %6, align 8, !dbg !186
  br label %bb11, !dbg !188

bb11:                                             ; preds = %start, %bb9, %bb8
  %.sink18 = phi i64 [ 16, %bb9 ], [ 16, %bb8 ], [ 8, %start ]
  %_33.0.sink = phi i64 [ %_33.0, %bb9 ], [ %_33.0, %bb8 ], [ 0, %start ]
  %storemerge8 = phi i64 [ 0, %bb9 ], [ 1, %bb8 ], [ 1, %start ], !dbg !189
  %7 = getelementptr inbounds nuw i8, ptr %_0, i64 %.sink18, !dbg !189
  store i64 %_33.0.sink, ptr %7, align 8, !dbg !189
  store i64 %storemerge8, ptr %_0, align 8, !dbg !189
  ret void, !dbg !190
}

; alloc::raw_vec::RawVecInner<A>::grow_amortized
; Function Attrs: cold nounwind nonlazybind uwtable
define internal fastcc { i64, i64 } @"_ZN5alloc7raw_vec20RawVecInner$LT$A$GT$14grow_amortized17hb9a3dd5c44d46354E"(ptr noalias noundef nonnull align 8 captures(none) dereferenceable(16) %self, i64 noundef range(i64 0, -9223372036854775808) %len) unnamed_addr #5 personality ptr @rust_eh_personality !dbg !191 {
start:
  %self3 = alloca [24 x i8], align 8
  %_25.0 = add nuw i64 %len, 1, !dbg !192
  %self5 = load i64, ptr %self, align 8, !dbg !195, !range !60, !noundef !11
  %v16 = shl nuw i64 %self5, 1, !dbg !195
  %_0.sroa.0.0.i = tail call noundef range(i64 0, -1) i64 @llvm.umax.i64(i64 range(i64 0, -1) %_25.0, i64 range(i64 0, -1) %v16), !dbg !197
  %_0.sroa.0.0.i15 = tail call noundef range(i64 0, -1) i64 @llvm.umax.i64(i64 range(i64 0, -1) %_0.sroa.0.0.i, i64 4), !dbg !205
  call void @llvm.lifetime.start.p0(ptr nonnull %self3), !dbg !209
; call alloc::raw_vec::RawVecInner<A>::finish_grow
  call fastcc void @"_ZN5alloc7raw_vec20RawVecInner$LT$A$GT$11finish_grow17h15b07eec04a90a30E"(ptr noalias noundef sret([24 x i8]) align 8 captures(none) dereferenceable(24) %self3, ptr noalias noundef readonly align 8 captures(address, read_provenance) dereferenceable(16) %self, i64 noundef %_0.sroa.0.0.i15), !dbg !211
  %_37 = load i64, ptr %self3, align 8, !dbg !212, !range !217, !noundef !11
  %0 = trunc nuw i64 %_37 to i1, !dbg !218
  %1 = getelementptr inbounds nuw i8, ptr %self3, i64 8, !dbg !219
  br i1 %0, label %bb18, label %bb19, !dbg !218

bb6:                                              ; preds = %bb18, %bb19
  %_0.sroa.5.0 = phi i64 [ undef, %bb19 ], [ %e.1, %bb18 ], !dbg !220
  %_0.sroa.0.0 = phi i64 [ -9223372036854775807, %bb19 ], [ %e.0, %bb18 ], !dbg !220
  %2 = insertvalue { i64, i64 } poison, i64 %_0.sroa.0.0, 0, !dbg !221
  %3 = insertvalue { i64, i64 } %2, i64 %_0.sroa.5.0, 1, !dbg !221
  ret { i64, i64 } %3, !dbg !221

bb18:                                             ; preds = %start
  %e.0 = load i64, ptr %1, align 8, !dbg !222, !range !223, !noundef !11
  %4 = getelementptr inbounds nuw i8, ptr %self3, i64 16, !dbg !222
  %e.1 = load i64, ptr %4, align 8, !dbg !222
  call void @llvm.lifetime.end.p0(ptr nonnull %self3), !dbg !224
  br label %bb6, !dbg !225

bb19:                                             ; preds = %start
  %v.0 = load ptr, ptr %1, align 8, !dbg !227, !nonnull !11, !noundef !11
  call void @llvm.lifetime.end.p0(ptr nonnull %self3), !dbg !224
  %5 = getelementptr inbounds nuw i8, ptr %self, i64 8, !dbg !228
  store ptr %v.0, ptr %5, align 8, !dbg !228
  %6 = icmp sgt i64 %_0.sroa.0.0.i15, -1, !dbg !232
  tail call void @llvm.assume(i1 %6), !dbg !232
  store i64 %_0.sroa.0.0.i15, ptr %self, align 8, !dbg !238
  br label %bb6, !dbg !221
}

; Function Attrs: nonlazybind uwtable
define { ptr, i64 } @name(i64 noundef %i) unnamed_addr #6 !dbg !239 {
start:
  %_3 = icmp ult i64 %i, 2, !dbg !240
  br i1 %_3, label %bb1, label %panic, !dbg !240

bb1:                                              ; preds = %start
  %0 = getelementptr inbounds nuw { ptr, i64 }, ptr @_ZN4main5NAMES17hd6ac18036f28217bE, i64 %i, !dbg !240
  %_0.0 = load ptr, ptr %0, align 8, !dbg !240, !nonnull !11, !align !241, !noundef !11
  %1 = getelementptr inbounds nuw i8, ptr %0, i64 8, !dbg !240
  %_0.1 = load i64, ptr %1, align 8, !dbg !240, !noundef !11
  %2 = insertvalue { ptr, i64 } poison, ptr %_0.0, 0, !dbg !242
  %3 = insertvalue { ptr, i64 } %2, i64 %_0.1, 1, !dbg !242
  ret { ptr, i64 } %3, !dbg !242

panic:                                            ; preds = %start
; call core::panicking::panic_bounds_check
  tail call void @_RNvNtCsgEmfK2I1SDS_4core9panicking18panic_bounds_check(i64 noundef %i, i64 noundef 2, ptr noalias noundef readonly align 8 captures(address, read_provenance) dereferenceable(24) @alloc_94f018f2c56192bdf02c0fe19af7f8fc) #19, !dbg !240
  unreachable, !dbg !240
}

; Function Attrs: mustprogress nocallback nofree nosync nounwind willreturn memory(inaccessiblemem: write)
declare void @llvm.assume(i1 noundef) #7

; Function Attrs: mustprogress nocallback nofree nosync nounwind willreturn memory(argmem: readwrite)
declare void @llvm.lifetime.start.p0(ptr captures(none)) #8

; Function Attrs: mustprogress nocallback nofree nosync nounwind willreturn memory(argmem: readwrite)
declare void @llvm.lifetime.end.p0(ptr captures(none)) #8

; __rustc::__rust_realloc
; Function Attrs: nounwind nonlazybind allockind("realloc,aligned") allocsize(3) uwtable
declare noalias noundef ptr @_RNvCsfLfy6EI15iL_7___rustc14___rust_realloc(ptr allocptr noundef, i64 noundef, i64 allocalign noundef range(i64 1, -9223372036854775807), i64 noundef) unnamed_addr #9

; __rustc::__rust_no_alloc_shim_is_unstable_v2
; Function Attrs: nounwind nonlazybind uwtable
declare void @_RNvCsfLfy6EI15iL_7___rustc35___rust_no_alloc_shim_is_unstable_v2() unnamed_addr #10

; __rustc::__rust_alloc
; Function Attrs: nounwind nonlazybind allockind("alloc,uninitialized,aligned") allocsize(0) uwtable
declare noalias noundef ptr @_RNvCsfLfy6EI15iL_7___rustc12___rust_alloc(i64 noundef, i64 allocalign noundef range(i64 1, -9223372036854775807)) unnamed_addr #11

; Function Attrs: nounwind nonlazybind uwtable
declare noundef range(i32 0, 10) i32 @rust_eh_personality(i32 noundef, i32 noundef, i64 noundef, ptr noundef, ptr noundef) unnamed_addr #10

; Function Attrs: mustprogress nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none)
declare i32 @llvm.fshl.i32(i32, i32, i32) #12

; alloc::raw_vec::handle_error
; Function Attrs: cold minsize noreturn nonlazybind optsize uwtable
declare void @_RNvNtCslNYArtu3iFV_5alloc7raw_vec12handle_error(i64 noundef range(i64 0, -9223372036854775807), i64) unnamed_addr #13

; core::panicking::panic_bounds_check
; Function Attrs: cold minsize noinline noreturn nonlazybind optsize uwtable
declare void @_RNvNtCsgEmfK2I1SDS_4core9panicking18panic_bounds_check(i64 noundef, i64 noundef, ptr noalias noundef readonly align 8 captures(address, read_provenance) dereferenceable(24)) unnamed_addr #14

; Function Attrs: nocallback nofree nosync nounwind willreturn memory(inaccessiblemem: readwrite)
declare void @llvm.experimental.noalias.scope.decl(metadata) #15

; Function Attrs: nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none)
declare i64 @llvm.umax.i64(i64, i64) #16

attributes #0 = { mustprogress nofree noinline norecurse nosync nounwind nonlazybind willreturn memory(none) uwtable "probe-stack"="inline-asm" "target-cpu"="x86-64" }
attributes #1 = { mustprogress nofree noinline norecurse nosync nounwind nonlazybind willreturn memory(argmem: readwrite) uwtable "probe-stack"="inline-asm" "target-cpu"="x86-64" }
attributes #2 = { noinline nonlazybind uwtable "probe-stack"="inline-asm" "target-cpu"="x86-64" }
attributes #3 = { noinline nounwind nonlazybind uwtable "probe-stack"="inline-asm" "target-cpu"="x86-64" }
attributes #4 = { cold noinline nonlazybind uwtable "probe-stack"="inline-asm" "target-cpu"="x86-64" }
attributes #5 = { cold nounwind nonlazybind uwtable "probe-stack"="inline-asm" "target-cpu"="x86-64" }
attributes #6 = { nonlazybind uwtable "probe-stack"="inline-asm" "target-cpu"="x86-64" }
attributes #7 = { mustprogress nocallback nofree nosync nounwind willreturn memory(inaccessiblemem: write) }
attributes #8 = { mustprogress nocallback nofree nosync nounwind willreturn memory(argmem: readwrite) }
attributes #9 = { nounwind nonlazybind allockind("realloc,aligned") allocsize(3) uwtable "alloc-family"="__rust_alloc" "probe-stack"="inline-asm" "target-cpu"="x86-64" }
attributes #10 = { nounwind nonlazybind uwtable "probe-stack"="inline-asm" "target-cpu"="x86-64" }
attributes #11 = { nounwind nonlazybind allockind("alloc,uninitialized,aligned") allocsize(0) uwtable "alloc-family"="__rust_alloc" "alloc-variant-zeroed"="_RNvCsfLfy6EI15iL_7___rustc19___rust_alloc_zeroed" "probe-stack"="inline-asm" "target-cpu"="x86-64" }
attributes #12 = { mustprogress nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none) }
attributes #13 = { cold minsize noreturn nonlazybind optsize uwtable "probe-stack"="inline-asm" "target-cpu"="x86-64" }
attributes #14 = { cold minsize noinline noreturn nonlazybind optsize uwtable "probe-stack"="inline-asm" "target-cpu"="x86-64" }
attributes #15 = { nocallback nofree nosync nounwind willreturn memory(inaccessiblemem: readwrite) }
attributes #16 = { nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none) }
attributes #17 = { nounwind }
attributes #18 = { noreturn }
attributes #19 = { noinline noreturn }

!llvm.module.flags = !{!0, !1, !2, !3}
!llvm.ident = !{!4}
!llvm.dbg.cu = !{!5}

!0 = !{i32 8, !"PIC Level", i32 2}
!1 = !{i32 2, !"RtLibUseGOT", i32 1}
!2 = !{i32 7, !"Dwarf Version", i32 4}
!3 = !{i32 2, !"Debug Info Version", i32 3}
!4 = !{!"rustc version 1.95.0 (59807616e 2026-04-14)"}
!5 = distinct !DICompileUnit(language: DW_LANG_Rust, file: !6, producer: "clang LLVM (rustc version 1.95.0 (59807616e 2026-04-14))", isOptimized: true, runtimeVersion: 0, emissionKind: DebugDirectivesOnly, splitDebugInlining: false, nameTableKind: None)
!6 = !DIFile(filename: "main.rs/@/main.3f926c533f617f2c-cgu.0", directory: "/work")
!7 = distinct !DISubprogram(name: "gr\C3\B6\C3\9Fe", linkageName: "_ZN4main13gr$uf6$$udf$e17hddc9a9052d564916E", scope: !9, file: !8, line: 44, type: !10, scopeLine: 44, flags: DIFlagPrototyped, spFlags: DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!8 = !DIFile(filename: "main.rs", directory: "/work", checksumkind: CSK_MD5, checksum: "b4b769df3924ae7744fe55e3518e8424")
!9 = !DINamespace(name: "main", scope: null)
!10 = !DISubroutineType(types: !11)
!11 = !{}
!12 = !DILocation(line: 45, column: 5, scope: !7)
!13 = !DILocation(line: 46, column: 2, scope: !7)
!14 = distinct !DISubprogram(name: "jump", linkageName: "_ZN4main4jump17h25bcf84e9a8ddf90E", scope: !9, file: !8, line: 16, type: !10, scopeLine: 16, flags: DIFlagPrototyped, spFlags: DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!15 = !DILocation(line: 17, column: 5, scope: !14)
!16 = !DILocation(line: 18, column: 14, scope: !14)
!17 = !DILocation(line: 19, column: 14, scope: !14)
!18 = !DILocation(line: 20, column: 19, scope: !14)
!19 = !DILocation(line: 2029, column: 14, scope: !20, inlinedAt: !24)
!20 = distinct !DISubprogram(name: "rotate_left<u32>", linkageName: "_ZN4core10intrinsics11rotate_left17h6658a4ec117e1a73E", scope: !22, file: !21, line: 2025, type: !10, scopeLine: 2025, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!21 = !DIFile(filename: "library/core/src/intrinsics/mod.rs", directory: "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860", checksumkind: CSK_MD5, checksum: "b1b7915c1b8b57766c20270acae549ce")
!22 = !DINamespace(name: "intrinsics", scope: !23)
!23 = !DINamespace(name: "core", scope: null)
!24 = distinct !DILocation(line: 386, column: 20, scope: !25, inlinedAt: !29)
!25 = distinct !DISubprogram(name: "rotate_left", linkageName: "_RNvMs6_NtCsgEmfK2I1SDS_4core3numm11rotate_left", scope: !27, file: !26, line: 385, type: !10, scopeLine: 385, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!26 = !DIFile(filename: "library/core/src/num/uint_macros.rs", directory: "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860", checksumkind: CSK_MD5, checksum: "de2f29a3485fc28d710ba6c3062e6efa")
!27 = !DINamespace(name: "{impl#8}", scope: !28)
!28 = !DINamespace(name: "num", scope: !23)
!29 = !DILocation(line: 20, column: 21, scope: !14)
!30 = !DILocation(line: 20, column: 34, scope: !14)
!31 = !DILocation(line: 21, column: 14, scope: !14)
!32 = !DILocation(line: 0, scope: !14)
!33 = !DILocation(line: 24, column: 2, scope: !14)
!34 = distinct !DISubprogram(name: "push", linkageName: "_ZN4main4push17h1f1e517125d75d8aE", scope: !9, file: !8, line: 27, type: !10, scopeLine: 27, flags: DIFlagPrototyped, spFlags: DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!35 = !{!36}
!36 = distinct !{!36, !37, !"_ZN5alloc3vec16Vec$LT$T$C$A$GT$8push_mut17ha961623fad007ccdE: %self"}
!37 = distinct !{!37, !"_ZN5alloc3vec16Vec$LT$T$C$A$GT$8push_mut17ha961623fad007ccdE"}
!38 = !DILocation(line: 992, column: 22, scope: !39, inlinedAt: !44)
!39 = distinct !DISubprogram(name: "push<main::Pair, alloc::alloc::Global>", linkageName: "_ZN5alloc3vec16Vec$LT$T$C$A$GT$4push17h04735b81cf3dd35fE", scope: !41, file: !40, line: 991, type: !10, scopeLine: 991, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!40 = !DIFile(filename: "library/alloc/src/vec/mod.rs", directory: "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860", checksumkind: CSK_MD5, checksum: "561105229399139e451a3aa6309b761e")
!41 = !DINamespace(name: "Vec", scope: !42)
!42 = !DINamespace(name: "vec", scope: !43)
!43 = !DINamespace(name: "alloc", scope: null)
!44 = !DILocation(line: 28, column: 10, scope: !34)
!45 = !DILocation(line: 1025, column: 19, scope: !46, inlinedAt: !47)
!46 = distinct !DISubprogram(name: "push_mut<main::Pair, alloc::alloc::Global>", linkageName: "_ZN5alloc3vec16Vec$LT$T$C$A$GT$8push_mut17ha961623fad007ccdE", scope: !41, file: !40, line: 1023, type: !10, scopeLine: 1023, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!47 = distinct !DILocation(line: 992, column: 22, scope: !39, inlinedAt: !44)
!48 = !{!49}
!49 = distinct !{!49, !37, !"_ZN5alloc3vec16Vec$LT$T$C$A$GT$8push_mut17ha961623fad007ccdE: %value"}
!50 = !DILocation(line: 617, column: 49, scope: !51, inlinedAt: !55)
!51 = distinct !DISubprogram(name: "capacity<alloc::alloc::Global>", linkageName: "_ZN5alloc7raw_vec20RawVecInner$LT$A$GT$8capacity17he418c48c72f600a3E", scope: !53, file: !52, line: 616, type: !10, scopeLine: 616, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!52 = !DIFile(filename: "library/alloc/src/raw_vec/mod.rs", directory: "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860", checksumkind: CSK_MD5, checksum: "78584250230dfe0aae92794a07566ae7")
!53 = !DINamespace(name: "RawVecInner", scope: !54)
!54 = !DINamespace(name: "raw_vec", scope: !43)
!55 = distinct !DILocation(line: 308, column: 20, scope: !56, inlinedAt: !58)
!56 = distinct !DISubprogram(name: "capacity<main::Pair, alloc::alloc::Global>", linkageName: "_ZN5alloc7raw_vec19RawVec$LT$T$C$A$GT$8capacity17hbaf00f8f2e8b1dfaE", scope: !57, file: !52, line: 307, type: !10, scopeLine: 307, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!57 = !DINamespace(name: "RawVec", scope: !54)
!58 = distinct !DILocation(line: 1028, column: 28, scope: !59, inlinedAt: !47)
!59 = distinct !DILexicalBlock(scope: !46, file: !40, line: 1025, column: 9)
!60 = !{i64 0, i64 -9223372036854775808}
!61 = !DILocation(line: 1028, column: 12, scope: !59, inlinedAt: !47)
!62 = !DILocation(line: 1029, column: 22, scope: !59, inlinedAt: !47)
!63 = !DILocation(line: 612, column: 9, scope: !64, inlinedAt: !65)
!64 = distinct !DISubprogram(name: "non_null<alloc::alloc::Global, main::Pair>", linkageName: "_ZN5alloc7raw_vec20RawVecInner$LT$A$GT$8non_null17h7fcb139f241f0592E", scope: !53, file: !52, line: 611, type: !10, scopeLine: 611, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!65 = distinct !DILocation(line: 607, column: 14, scope: !66, inlinedAt: !67)
!66 = distinct !DISubprogram(name: "ptr<alloc::alloc::Global, main::Pair>", linkageName: "_ZN5alloc7raw_vec20RawVecInner$LT$A$GT$3ptr17h79e37a55e727f10cE", scope: !53, file: !52, line: 606, type: !10, scopeLine: 606, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!67 = distinct !DILocation(line: 295, column: 20, scope: !68, inlinedAt: !69)
!68 = distinct !DISubprogram(name: "ptr<main::Pair, alloc::alloc::Global>", linkageName: "_ZN5alloc7raw_vec19RawVec$LT$T$C$A$GT$3ptr17hcc49a7881868c436E", scope: !57, file: !52, line: 294, type: !10, scopeLine: 294, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!69 = distinct !DILocation(line: 2000, column: 18, scope: !70, inlinedAt: !71)
!70 = distinct !DISubprogram(name: "as_mut_ptr<main::Pair, alloc::alloc::Global>", linkageName: "_ZN5alloc3vec16Vec$LT$T$C$A$GT$10as_mut_ptr17h645eb8af50abc574E", scope: !41, file: !40, line: 1997, type: !10, scopeLine: 1997, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!71 = distinct !DILocation(line: 1032, column: 28, scope: !59, inlinedAt: !47)
!72 = !DILocation(line: 961, column: 18, scope: !73, inlinedAt: !78)
!73 = distinct !DISubprogram(name: "add<main::Pair>", linkageName: "_ZN4core3ptr7mut_ptr31_$LT$impl$u20$$BP$mut$u20$T$GT$3add17h9fbca4a7f4501670E", scope: !75, file: !74, line: 927, type: !10, scopeLine: 927, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!74 = !DIFile(filename: "library/core/src/ptr/mut_ptr.rs", directory: "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860", checksumkind: CSK_MD5, checksum: "7c03c8e0ae695174f7f10881dc49d2cb")
!75 = !DINamespace(name: "{impl#0}", scope: !76)
!76 = !DINamespace(name: "mut_ptr", scope: !77)
!77 = !DINamespace(name: "ptr", scope: !23)
!78 = distinct !DILocation(line: 1032, column: 41, scope: !59, inlinedAt: !47)
!79 = !DILocation(line: 1917, column: 41, scope: !80, inlinedAt: !82)
!80 = distinct !DISubprogram(name: "write<main::Pair>", linkageName: "_ZN4core3ptr5write17hf0b8e6293071fea7E", scope: !77, file: !81, line: 1894, type: !10, scopeLine: 1894, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!81 = !DIFile(filename: "library/core/src/ptr/mod.rs", directory: "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860", checksumkind: CSK_MD5, checksum: "8f706ae0a0620120e6e931983ef127f1")
!82 = distinct !DILocation(line: 1033, column: 13, scope: !83, inlinedAt: !47)
!83 = distinct !DILexicalBlock(scope: !59, file: !40, line: 1032, column: 13)
!84 = !DILocation(line: 1034, column: 13, scope: !83, inlinedAt: !47)
!85 = !DILocation(line: 29, column: 2, scope: !34)
!86 = distinct !DISubprogram(name: "add_five", linkageName: "_ZN4main8add_five17h377189a970c6d18bE", scope: !9, file: !8, line: 37, type: !10, scopeLine: 37, flags: DIFlagPrototyped, spFlags: DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!87 = !DILocation(line: 39, column: 14, scope: !88)
!88 = distinct !DILexicalBlock(scope: !86, file: !8, line: 38, column: 5)
!89 = !{i64 0, i64 3680786973518, i64 3775276254045, i64 3835405796211}
!90 = !DILocation(line: 41, column: 2, scope: !86)
!91 = distinct !DISubprogram(name: "grow_one<main::Pair, alloc::alloc::Global>", linkageName: "_ZN5alloc7raw_vec19RawVec$LT$T$C$A$GT$8grow_one17hebfdf55b52f09bc0E", scope: !57, file: !52, line: 186, type: !10, scopeLine: 186, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!92 = !DILocation(line: 491, column: 56, scope: !93, inlinedAt: !95)
!93 = distinct !DILexicalBlock(scope: !94, file: !52, line: 491, column: 95)
!94 = distinct !DISubprogram(name: "grow_one<alloc::alloc::Global>", linkageName: "_ZN5alloc7raw_vec20RawVecInner$LT$A$GT$8grow_one17h9887e939a37a06f2E", scope: !53, file: !52, line: 489, type: !10, scopeLine: 489, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!95 = !DILocation(line: 188, column: 29, scope: !91)
!96 = !DILocation(line: 491, column: 41, scope: !93, inlinedAt: !95)
!97 = !DILocation(line: 491, column: 27, scope: !93, inlinedAt: !95)
!98 = !DILocation(line: 491, column: 16, scope: !93, inlinedAt: !95)
!99 = !{!"branch_weights", !"expected", i32 2000, i32 1}
!100 = !DILocation(line: 492, column: 13, scope: !93, inlinedAt: !95)
!101 = !DILocation(line: 189, column: 6, scope: !91)
!102 = distinct !DISubprogram(name: "finish_grow<alloc::alloc::Global>", linkageName: "_ZN5alloc7raw_vec20RawVecInner$LT$A$GT$11finish_grow17h15b07eec04a90a30E", scope: !53, file: !52, line: 542, type: !103, scopeLine: 542, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!103 = !DISubroutineType(cc: DW_CC_nocall, types: !11)
!104 = !DILocation(line: 3051, column: 26, scope: !105, inlinedAt: !107)
!105 = distinct !DISubprogram(name: "overflowing_mul", linkageName: "_RNvMs9_NtCsgEmfK2I1SDS_4core3numj15overflowing_mul", scope: !106, file: !26, line: 3050, type: !10, scopeLine: 3050, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!106 = !DINamespace(name: "{impl#11}", scope: !28)
!107 = !DILocation(line: 1161, column: 31, scope: !108, inlinedAt: !109)
!108 = distinct !DISubprogram(name: "checked_mul", linkageName: "_RNvMs9_NtCsgEmfK2I1SDS_4core3numj11checked_mul", scope: !106, file: !26, line: 1160, type: !10, scopeLine: 1160, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!109 = !DILocation(line: 527, column: 39, scope: !110, inlinedAt: !116)
!110 = distinct !DILexicalBlock(scope: !112, file: !111, line: 527, column: 54)
!111 = !DIFile(filename: "library/core/src/alloc/layout.rs", directory: "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860", checksumkind: CSK_MD5, checksum: "742dc9b469eb35aa4fa4088d8f093c03")
!112 = distinct !DISubprogram(name: "repeat_packed", linkageName: "_RNvMNtNtCsgEmfK2I1SDS_4core5alloc6layoutNtB2_6Layout13repeat_packed", scope: !113, file: !111, line: 526, type: !10, scopeLine: 526, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!113 = !DINamespace(name: "Layout", scope: !114)
!114 = !DINamespace(name: "layout", scope: !115)
!115 = !DINamespace(name: "alloc", scope: !23)
!116 = !DILocation(line: 900, column: 23, scope: !117, inlinedAt: !118)
!117 = distinct !DISubprogram(name: "layout_array", linkageName: "_RNvNtCslNYArtu3iFV_5alloc7raw_vec12layout_array", scope: !54, file: !52, line: 894, type: !10, scopeLine: 894, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!118 = !DILocation(line: 547, column: 26, scope: !102)
!119 = !DILocation(line: 457, column: 8, scope: !120, inlinedAt: !121)
!120 = distinct !DISubprogram(name: "unlikely", linkageName: "_RNvNtCsgEmfK2I1SDS_4core10intrinsics8unlikely", scope: !22, file: !21, line: 456, type: !10, scopeLine: 456, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!121 = !DILocation(line: 1162, column: 16, scope: !122, inlinedAt: !109)
!122 = distinct !DILexicalBlock(scope: !108, file: !26, line: 1161, column: 13)
!123 = !{!"branch_weights", i32 2002, i32 2000}
!124 = !DILocation(line: 632, column: 39, scope: !125, inlinedAt: !126)
!125 = distinct !DISubprogram(name: "current_memory<alloc::alloc::Global>", linkageName: "_ZN5alloc7raw_vec20RawVecInner$LT$A$GT$14current_memory17he115d178032fd1d2E", scope: !53, file: !52, line: 631, type: !10, scopeLine: 631, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!126 = distinct !DILocation(line: 549, column: 69, scope: !127)
!127 = distinct !DILexicalBlock(scope: !128, file: !52, line: 549, column: 99)
!128 = distinct !DILexicalBlock(scope: !102, file: !52, line: 547, column: 9)
!129 = !{!130}
!130 = distinct !{!130, !131, !"_ZN5alloc7raw_vec20RawVecInner$LT$A$GT$14current_memory17he115d178032fd1d2E: %self"}
!131 = distinct !{!131, !"_ZN5alloc7raw_vec20RawVecInner$LT$A$GT$14current_memory17he115d178032fd1d2E"}
!132 = !{!133}
!133 = distinct !{!133, !131, !"_ZN5alloc7raw_vec20RawVecInner$LT$A$GT$14current_memory17he115d178032fd1d2E: %_0"}
!134 = !DILocation(line: 1232, column: 17, scope: !135, inlinedAt: !136)
!135 = distinct !DISubprogram(name: "unchecked_mul", linkageName: "_RNvMs9_NtCsgEmfK2I1SDS_4core3numj13unchecked_mul", scope: !106, file: !26, line: 1220, type: !10, scopeLine: 1220, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!136 = distinct !DILocation(line: 640, column: 53, scope: !125, inlinedAt: !126)
!137 = !DILocation(line: 642, column: 23, scope: !138, inlinedAt: !126)
!138 = distinct !DILexicalBlock(scope: !139, file: !52, line: 641, column: 17)
!139 = distinct !DILexicalBlock(scope: !125, file: !52, line: 640, column: 17)
!140 = !DILocation(line: 237, column: 40, scope: !141, inlinedAt: !147)
!141 = distinct !DILexicalBlock(scope: !143, file: !142, line: 234, column: 17)
!142 = !DIFile(filename: "library/alloc/src/alloc.rs", directory: "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860", checksumkind: CSK_MD5, checksum: "57066d22da38e4b1f3bfd29f3d5ff5ae")
!143 = distinct !DILexicalBlock(scope: !144, file: !142, line: 233, column: 13)
!144 = distinct !DISubprogram(name: "grow_impl_runtime", linkageName: "_RNvMNtCslNYArtu3iFV_5alloc5allocNtB2_6Global17grow_impl_runtime", scope: !145, file: !142, line: 216, type: !10, scopeLine: 216, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!145 = !DINamespace(name: "Global", scope: !146)
!146 = !DINamespace(name: "alloc", scope: !43)
!147 = distinct !DILocation(line: 342, column: 9, scope: !148, inlinedAt: !149)
!148 = distinct !DISubprogram(name: "grow_impl", linkageName: "_RNvMNtCslNYArtu3iFV_5alloc5allocNtB2_6Global9grow_impl", scope: !145, file: !142, line: 335, type: !10, scopeLine: 335, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!149 = distinct !DILocation(line: 454, column: 23, scope: !150, inlinedAt: !152)
!150 = distinct !DISubprogram(name: "grow", linkageName: "_RNvXs_NtCslNYArtu3iFV_5alloc5allocNtB4_6GlobalNtNtCsgEmfK2I1SDS_4core5alloc9Allocator4grow", scope: !151, file: !142, line: 447, type: !10, scopeLine: 447, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!151 = !DINamespace(name: "{impl#1}", scope: !146)
!152 = distinct !DILocation(line: 555, column: 28, scope: !127)
!153 = !DILocation(line: 210, column: 9, scope: !154, inlinedAt: !157)
!154 = distinct !DISubprogram(name: "assert_unchecked", linkageName: "_RNvNtCsgEmfK2I1SDS_4core4hint16assert_unchecked", scope: !156, file: !155, line: 202, type: !10, scopeLine: 202, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!155 = !DIFile(filename: "library/core/src/hint.rs", directory: "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860", checksumkind: CSK_MD5, checksum: "2a901a283eb5f69871d8be07d256ca78")
!156 = !DINamespace(name: "hint", scope: !23)
!157 = distinct !DILocation(line: 237, column: 17, scope: !141, inlinedAt: !147)
!158 = !DILocation(line: 135, column: 14, scope: !159, inlinedAt: !160)
!159 = distinct !DISubprogram(name: "realloc", linkageName: "_RNvNtCslNYArtu3iFV_5alloc5alloc7realloc", scope: !146, file: !142, line: 134, type: !10, scopeLine: 134, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!160 = distinct !DILocation(line: 239, column: 31, scope: !141, inlinedAt: !147)
!161 = !DILocation(line: 549, column: 22, scope: !128)
!162 = !DILocation(line: 186, column: 9, scope: !163, inlinedAt: !164)
!163 = distinct !DISubprogram(name: "alloc_impl_runtime", linkageName: "_RNvMNtCslNYArtu3iFV_5alloc5allocNtB2_6Global18alloc_impl_runtime", scope: !145, file: !142, line: 185, type: !10, scopeLine: 185, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!164 = distinct !DILocation(line: 312, column: 9, scope: !165, inlinedAt: !166)
!165 = distinct !DISubprogram(name: "alloc_impl", linkageName: "_RNvMNtCslNYArtu3iFV_5alloc5allocNtB2_6Global10alloc_impl", scope: !145, file: !142, line: 311, type: !10, scopeLine: 311, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!166 = distinct !DILocation(line: 429, column: 14, scope: !167, inlinedAt: !168)
!167 = distinct !DISubprogram(name: "allocate", linkageName: "_RNvXs_NtCslNYArtu3iFV_5alloc5allocNtB4_6GlobalNtNtCsgEmfK2I1SDS_4core5alloc9Allocator8allocate", scope: !151, file: !142, line: 428, type: !10, scopeLine: 428, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!168 = distinct !DILocation(line: 558, column: 24, scope: !128)
!169 = !DILocation(line: 93, column: 9, scope: !170, inlinedAt: !171)
!170 = distinct !DISubprogram(name: "alloc", linkageName: "_RNvNtCslNYArtu3iFV_5alloc5alloc5alloc", scope: !146, file: !142, line: 89, type: !10, scopeLine: 89, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!171 = distinct !DILocation(line: 190, column: 73, scope: !172, inlinedAt: !164)
!172 = distinct !DILexicalBlock(scope: !163, file: !142, line: 189, column: 13)
!173 = !DILocation(line: 95, column: 9, scope: !170, inlinedAt: !171)
!174 = !DILocation(line: 270, column: 13, scope: !175, inlinedAt: !179)
!175 = distinct !DISubprogram(name: "new<u8>", linkageName: "_ZN4core3ptr8non_null16NonNull$LT$T$GT$3new17hcd58ca51be3ba6f1E", scope: !177, file: !176, line: 269, type: !10, scopeLine: 269, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!176 = !DIFile(filename: "library/core/src/ptr/non_null.rs", directory: "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860", checksumkind: CSK_MD5, checksum: "e5222a5160165ba1cd09076ad7a11733")
!177 = !DINamespace(name: "NonNull", scope: !178)
!178 = !DINamespace(name: "non_null", scope: !77)
!179 = distinct !DILocation(line: 191, column: 27, scope: !180, inlinedAt: !164)
!180 = distinct !DILexicalBlock(scope: !172, file: !142, line: 190, column: 17)
!181 = !DILocation(line: 562, column: 15, scope: !182)
!182 = distinct !DILexicalBlock(scope: !128, file: !52, line: 549, column: 9)
!183 = !DILocation(line: 562, column: 9, scope: !182)
!184 = !DILocation(line: 564, column: 23, scope: !182)
!185 = !DILocation(line: 564, column: 87, scope: !182)
!186 = !DILocation(line: 563, column: 27, scope: !187)
!187 = distinct !DILexicalBlock(scope: !182, file: !52, line: 563, column: 13)
!188 = !DILocation(line: 563, column: 36, scope: !182)
!189 = !DILocation(line: 0, scope: !102)
!190 = !DILocation(line: 566, column: 6, scope: !102)
!191 = distinct !DISubprogram(name: "grow_amortized<alloc::alloc::Global>", linkageName: "_ZN5alloc7raw_vec20RawVecInner$LT$A$GT$14grow_amortized17hb9a3dd5c44d46354E", scope: !53, file: !52, line: 501, type: !103, scopeLine: 501, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!192 = !DILocation(line: 769, column: 37, scope: !193, inlinedAt: !194)
!193 = distinct !DISubprogram(name: "checked_add", linkageName: "_RNvMs9_NtCsgEmfK2I1SDS_4core3numj11checked_add", scope: !106, file: !26, line: 761, type: !10, scopeLine: 761, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!194 = !DILocation(line: 517, column: 32, scope: !191)
!195 = !DILocation(line: 521, column: 28, scope: !196)
!196 = distinct !DILexicalBlock(scope: !191, file: !52, line: 517, column: 9)
!197 = !DILocation(line: 1037, column: 12, scope: !198, inlinedAt: !202)
!198 = distinct !DISubprogram(name: "max<usize>", linkageName: "_ZN4core3cmp3Ord3max17hb3759d4c0c747600E", scope: !200, file: !199, line: 1033, type: !10, scopeLine: 1033, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!199 = !DIFile(filename: "library/core/src/cmp.rs", directory: "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860", checksumkind: CSK_MD5, checksum: "9b875f3ee90b4abbf50efdba3db39504")
!200 = !DINamespace(name: "Ord", scope: !201)
!201 = !DINamespace(name: "cmp", scope: !23)
!202 = distinct !DILocation(line: 1682, column: 8, scope: !203, inlinedAt: !204)
!203 = distinct !DISubprogram(name: "max<usize>", linkageName: "_ZN4core3cmp3max17h46ef8b2b641c0dd5E", scope: !201, file: !199, line: 1681, type: !10, scopeLine: 1681, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!204 = !DILocation(line: 521, column: 19, scope: !196)
!205 = !DILocation(line: 1037, column: 12, scope: !198, inlinedAt: !206)
!206 = distinct !DILocation(line: 1682, column: 8, scope: !203, inlinedAt: !207)
!207 = !DILocation(line: 522, column: 19, scope: !208)
!208 = distinct !DILexicalBlock(scope: !196, file: !52, line: 521, column: 9)
!209 = !DILocation(line: 527, column: 28, scope: !210)
!210 = distinct !DILexicalBlock(scope: !208, file: !52, line: 522, column: 9)
!211 = !DILocation(line: 527, column: 33, scope: !210)
!212 = !DILocation(line: 2173, column: 15, scope: !213, inlinedAt: !209)
!213 = distinct !DISubprogram(name: "branch<core::ptr::non_null::NonNull<[u8]>, alloc::collections::TryReserveError>", linkageName: "_ZN79_$LT$core..result..Result$LT$T$C$E$GT$$u20$as$u20$core..ops..try_trait..Try$GT$6branch17h7448f99a5884fa05E", scope: !215, file: !214, line: 2172, type: !10, scopeLine: 2172, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!214 = !DIFile(filename: "library/core/src/result.rs", directory: "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860", checksumkind: CSK_MD5, checksum: "7ebc974a4b69a504d7e902d792c422dd")
!215 = !DINamespace(name: "{impl#27}", scope: !216)
!216 = !DINamespace(name: "result", scope: !23)
!217 = !{i64 0, i64 2}
!218 = !DILocation(line: 2173, column: 9, scope: !213, inlinedAt: !209)
!219 = !DILocation(line: 0, scope: !213, inlinedAt: !209)
!220 = !DILocation(line: 0, scope: !191)
!221 = !DILocation(line: 532, column: 6, scope: !191)
!222 = !DILocation(line: 2175, column: 17, scope: !213, inlinedAt: !209)
!223 = !{i64 0, i64 -9223372036854775807}
!224 = !DILocation(line: 527, column: 62, scope: !210)
!225 = !DILocation(line: 0, scope: !226)
!226 = !DILexicalBlockFile(scope: !196, file: !8, discriminator: 0)
!227 = !DILocation(line: 2174, column: 16, scope: !213, inlinedAt: !209)
!228 = !DILocation(line: 774, column: 9, scope: !229, inlinedAt: !230)
!229 = distinct !DISubprogram(name: "set_ptr_and_cap<alloc::alloc::Global>", linkageName: "_ZN5alloc7raw_vec20RawVecInner$LT$A$GT$15set_ptr_and_cap17hbf31229efdda133fE", scope: !53, file: !52, line: 770, type: !10, scopeLine: 770, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!230 = !DILocation(line: 530, column: 23, scope: !231)
!231 = distinct !DILexicalBlock(scope: !210, file: !52, line: 527, column: 9)
!232 = !DILocation(line: 42, column: 26, scope: !233, inlinedAt: !237)
!233 = distinct !DISubprogram(name: "new_unchecked", linkageName: "_RNvMs1z_NtNtCsgEmfK2I1SDS_4core3num11niche_typesNtB6_14UsizeNoHighBit13new_unchecked", scope: !235, file: !234, line: 40, type: !10, scopeLine: 40, flags: DIFlagPrototyped, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!234 = !DIFile(filename: "library/core/src/num/niche_types.rs", directory: "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860", checksumkind: CSK_MD5, checksum: "b3871eb21e61251a8509e6d07911f9fb")
!235 = !DINamespace(name: "UsizeNoHighBit", scope: !236)
!236 = !DINamespace(name: "niche_types", scope: !28)
!237 = !DILocation(line: 775, column: 29, scope: !229, inlinedAt: !230)
!238 = !DILocation(line: 775, column: 9, scope: !229, inlinedAt: !230)
!239 = distinct !DISubprogram(name: "name", scope: !9, file: !8, line: 32, type: !10, scopeLine: 32, flags: DIFlagPrototyped, spFlags: DISPFlagDefinition | DISPFlagOptimized, unit: !5, templateParams: !11)
!240 = !DILocation(line: 33, column: 5, scope: !239)
!241 = !{i64 1}
!242 = !DILocation(line: 34, column: 2, scope: !239)
