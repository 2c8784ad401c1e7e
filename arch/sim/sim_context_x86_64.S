/* arch/sim/sim_context_x86_64.S
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The switch for x86-64.  A context is what the ABI says a function must
 * preserve: six registers, the rounding and exception modes of SSE and x87,
 * and the address to return to.  It lies on the stack, like this:
 *
 *   sp +  0   mxcsr, x87 control word
 *      +  8   r15
 *      + 16   r14
 *      + 24   r13
 *      + 32   r12
 *      + 40   rbx
 *      + 48   rbp
 *      + 56   return address
 */

#ifdef __x86_64__

        .text

/* void sim_context_switch(void **save, void *next) */

        .globl  sim_context_switch
        .type   sim_context_switch, @function
        .balign 16
sim_context_switch:
        .cfi_startproc
        pushq   %rbp
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset rbp, 0
        pushq   %rbx
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset rbx, 0
        pushq   %r12
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset r12, 0
        pushq   %r13
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset r13, 0
        pushq   %r14
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset r14, 0
        pushq   %r15
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset r15, 0
        subq    $8, %rsp
        .cfi_adjust_cfa_offset 8
        stmxcsr (%rsp)
        fnstcw  4(%rsp)

        /* The other stack looks the same, so this holds for it, too */

        movq    %rsp, (%rdi)
        movq    %rsi, %rsp

        ldmxcsr (%rsp)
        fldcw   4(%rsp)
        addq    $8, %rsp
        .cfi_adjust_cfa_offset -8
        popq    %r15
        .cfi_adjust_cfa_offset -8
        .cfi_restore r15
        popq    %r14
        .cfi_adjust_cfa_offset -8
        .cfi_restore r14
        popq    %r13
        .cfi_adjust_cfa_offset -8
        .cfi_restore r13
        popq    %r12
        .cfi_adjust_cfa_offset -8
        .cfi_restore r12
        popq    %rbx
        .cfi_adjust_cfa_offset -8
        .cfi_restore rbx
        popq    %rbp
        .cfi_adjust_cfa_offset -8
        .cfi_restore rbp
        ret
        .cfi_endproc
        .size   sim_context_switch, . - sim_context_switch

/* Where a new context begins.  There is no caller: debuggers stop here. */

        .type   task_entry, @function
        .balign 16
task_entry:
        .cfi_startproc
        .cfi_undefined rip
        xorl    %ebp, %ebp
        call    up_begin@PLT
        ud2
        .cfi_endproc
        .size   task_entry, . - task_entry

/* void *sim_context_new(void *base, size_t size): on an empty stack, the
 * context of task_entry, with the caller's modes.  Its end is on a multiple
 * of 16.
 */

        .globl  sim_context_new
        .type   sim_context_new, @function
        .balign 16
sim_context_new:
        .cfi_startproc
        leaq    (%rdi,%rsi), %rax
        andq    $-16, %rax
        subq    $80, %rax
        xorl    %ecx, %ecx
        stmxcsr (%rax)
        fnstcw  4(%rax)
        movq    %rcx, 8(%rax)
        movq    %rcx, 16(%rax)
        movq    %rcx, 24(%rax)
        movq    %rcx, 32(%rax)
        movq    %rcx, 40(%rax)
        movq    %rcx, 48(%rax)
        leaq    task_entry(%rip), %rdx
        movq    %rdx, 56(%rax)
        movq    %rcx, 64(%rax)
        movq    %rcx, 72(%rax)
        ret
        .cfi_endproc
        .size   sim_context_new, . - sim_context_new

#endif

        .section .note.GNU-stack, "", %progbits
