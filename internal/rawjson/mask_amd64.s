#include "textflag.h"

// GATHER brings the marks of 64 bytes, in four registers, together in AX.
#define GATHER(A, B, C, D) \
	PMOVMSKB A, AX; \
	PMOVMSKB B, BX; \
	PMOVMSKB C, DX; \
	PMOVMSKB D, R8; \
	SHLQ     $16, BX; \
	SHLQ     $32, DX; \
	SHLQ     $48, R8; \
	ORQ      BX, AX; \
	ORQ      R8, DX; \
	ORQ      DX, AX

// Every amd64 processor has SSE2, which is all that is used here.

// func maskBlocks(masks *uint64, text *byte, blocks int, c byte)
TEXT ·maskBlocks(SB), NOSPLIT, $0-25
	MOVQ    masks+0(FP), DI
	MOVQ    text+8(FP), SI
	MOVQ    blocks+16(FP), CX
	MOVBLZX c+24(FP), AX
	MOVQ    $0x0101010101010101, BX
	IMULQ   BX, AX
	MOVQ    AX, X0
	PUNPCKLQDQ X0, X0

next:
	MOVOU    (SI), X1
	MOVOU    16(SI), X2
	MOVOU    32(SI), X3
	MOVOU    48(SI), X4
	PCMPEQB  X0, X1
	PCMPEQB  X0, X2
	PCMPEQB  X0, X3
	PCMPEQB  X0, X4
	GATHER(X1, X2, X3, X4)
	MOVQ     AX, (DI)
	ADDQ     $64, SI
	ADDQ     $8, DI
	DECQ     CX
	JNZ      next
	RET

// func classifyBlocks(quotes, brackets *uint64, text *byte, blocks int)
TEXT ·classifyBlocks(SB), NOSPLIT, $0-32
	MOVQ quotes+0(FP), DI
	MOVQ brackets+8(FP), R9
	MOVQ text+16(FP), SI
	MOVQ blocks+24(FP), CX

	MOVQ       $0x2222222222222222, AX // quotes
	MOVQ       AX, X0
	PUNPCKLQDQ X0, X0
	MOVQ       $0x2020202020202020, AX // the bit that tells [ from {
	MOVQ       AX, X5
	PUNPCKLQDQ X5, X5
	MOVQ       $0x7b7b7b7b7b7b7b7b, AX // with it, brackets are the bytes from { on
	MOVQ       AX, X6
	PUNPCKLQDQ X6, X6

next:
	MOVOU    (SI), X1
	MOVOU    16(SI), X2
	MOVOU    32(SI), X3
	MOVOU    48(SI), X4
	MOVO     X1, X7
	MOVO     X2, X8
	MOVO     X3, X9
	MOVO     X4, X10
	PCMPEQB  X0, X7
	PCMPEQB  X0, X8
	PCMPEQB  X0, X9
	PCMPEQB  X0, X10
	GATHER(X7, X8, X9, X10)
	MOVQ     AX, (DI)

	POR      X5, X1
	POR      X5, X2
	POR      X5, X3
	POR      X5, X4
	MOVO     X6, X7
	MOVO     X6, X8
	MOVO     X6, X9
	MOVO     X6, X10
	PMAXUB   X1, X7
	PMAXUB   X2, X8
	PMAXUB   X3, X9
	PMAXUB   X4, X10
	PCMPEQB  X7, X1
	PCMPEQB  X8, X2
	PCMPEQB  X9, X3
	PCMPEQB  X10, X4
	GATHER(X1, X2, X3, X4)
	MOVQ     AX, (R9)

	ADDQ $64, SI
	ADDQ $8, DI
	ADDQ $8, R9
	DECQ CX
	JNZ  next
	RET
