/* arch/sim/sim_context_aarch64.S
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The switch for AArch64.  A context is what the ABI says a function must
 * preserve: x19 to x30, the lower halves of v8 to v15, and the modes of
 * floating point.  It lies on the stack, like this:
 *
 *   sp +   0   x29, x30 (where to return to)
 *      +  16   x19 to x28
 *      +  96   d8 to d15
 *      + 160   fpcr
 */

#ifdef __aarch64__

#define SIZE 176

        .text

/* void sim_context_switch(void **save, void *next) */

        .globl  sim_context_switch
        .type   sim_context_switch, %function
        .balign 16
sim_context_switch:
        .cfi_startproc
        stp     x29, x30, [sp, #-SIZE]!
        .cfi_def_cfa_offset SIZE
        .cfi_rel_offset x29, 0
        .cfi_rel_offset x30, 8
        stp     x19, x20, [sp, #16]
        .cfi_rel_offset x19, 16
        .cfi_rel_offset x20, 24
        stp     x21, x22, [sp, #32]
        .cfi_rel_offset x21, 32
        .cfi_rel_offset x22, 40
        stp     x23, x24, [sp, #48]
        .cfi_rel_offset x23, 48
        .cfi_rel_offset x24, 56
        stp     x25, x26, [sp, #64]
        .cfi_rel_offset x25, 64
        .cfi_rel_offset x26, 72
        stp     x27, x28, [sp, #80]
        .cfi_rel_offset x27, 80
        .cfi_rel_offset x28, 88
        stp     d8, d9, [sp, #96]
        stp     d10, d11, [sp, #112]
        stp     d12, d13, [sp, #128]
        stp     d14, d15, [sp, #144]
        mrs     x9, fpcr
        str     x9, [sp, #160]

        /* The other stack looks the same, so this holds for it, too */

        mov     x10, sp
        str     x10, [x0]
        mov     sp, x1

        ldr     x9, [sp, #160]
        msr     fpcr, x9
        ldp     d14, d15, [sp, #144]
        ldp     d12, d13, [sp, #128]
        ldp     d10, d11, [sp, #112]
        ldp     d8, d9, [sp, #96]
        ldp     x27, x28, [sp, #80]
        ldp     x25, x26, [sp, #64]
        ldp     x23, x24, [sp, #48]
        ldp     x21, x22, [sp, #32]
        ldp     x19, x20, [sp, #16]
        ldp     x29, x30, [sp], #SIZE
        .cfi_def_cfa_offset 0
        .cfi_restore x29
        .cfi_restore x30
        .cfi_restore x19
        .cfi_restore x20
        .cfi_restore x21
        .cfi_restore x22
        .cfi_restore x23
        .cfi_restore x24
        .cfi_restore x25
        .cfi_restore x26
        .cfi_restore x27
        .cfi_restore x28
        ret
        .cfi_endproc
        .size   sim_context_switch, . - sim_context_switch

/* Where a new context begins.  There is no caller: debuggers stop here. */

        .type   task_entry, %function
        .balign 16
task_entry:
        .cfi_startproc
        .cfi_undefined x30
        bl      up_begin
        brk     #1
        .cfi_endproc
        .size   task_entry, . - task_entry

/* void *sim_context_new(void *base, size_t size): on an empty stack, which
 * is zeroed, the context of task_entry, with the caller's modes.
 */

        .globl  sim_context_new
        .type   sim_context_new, %function
        .balign 16
sim_context_new:
        .cfi_startproc
        add     x2, x0, x1
        and     x2, x2, #-16
        sub     x0, x2, #SIZE
        adrp    x3, task_entry
        add     x3, x3, #:lo12:task_entry
        stp     xzr, x3, [x0]
        mrs     x9, fpcr
        str     x9, [x0, #160]
        ret
        .cfi_endproc
        .size   sim_context_new, . - sim_context_new

#endif

        .section .note.GNU-stack, "", %progbits
