/* include/nuttx/compiler.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * NuttX's compiler abstraction for gcc and clang.  It also decides what is
 * being built: HOST_BARE is defined for a bare-metal cross compiler, where
 * only sizes are measured and nothing hosted may be included.
 */

#ifndef __INCLUDE_NUTTX_COMPILER_H
#define __INCLUDE_NUTTX_COMPILER_H

#include <stddef.h>

#if (defined(__arm__) || defined(__riscv)) && !defined(__linux__)
#  define HOST_BARE 1
#endif

#define CONFIG_HAVE_FUNCTIONNAME 1
#define CONFIG_HAVE_FILENAME 1
#define CONFIG_CPP_HAVE_VARARGS 1
#define CONFIG_CPP_HAVE_WARNING 1
#define CONFIG_HAVE_INLINE 1
#define CONFIG_HAVE_LONG_LONG 1
#define CONFIG_C99_BOOL 1

/* Memory space qualifiers, empty on every machine with one address space */

#define FAR
#define NEAR
#define CODE
#define DSEG
#define IOBJ
#define IPTR
#define REENTRANT

/* Functions */

#define weak_data                __attribute__((weak))
#define weak_function            __attribute__((weak))
#define weak_const_function      __attribute__((weak, __const__))
#define noreturn_function        __attribute__((noreturn))
#define inline_function          __attribute__((always_inline)) inline
#define noinline_function        __attribute__((noinline))
#define always_inline_function   __attribute__((always_inline)) inline
#define warn_unused_result       __attribute__((warn_unused_result))
#define printf_like(a, b)        __attribute__((format(printf, a, b)))
#define noinstrument_function    __attribute__((no_instrument_function))
#define nosanitize_address       __attribute__((no_sanitize_address))
#define nosanitize_undefined     __attribute__((no_sanitize_undefined))
#define unused_code              __attribute__((unused))
#define used_code                __attribute__((used))
#define locate_code(n)           __attribute__((section(n)))

/* Data */

#define unused_data              __attribute__((unused))
#define used_data                __attribute__((used))
#define locate_data(n)           __attribute__((section(n)))
#define aligned_data(n)          __attribute__((aligned(n)))
#define begin_packed_struct
#define end_packed_struct        __attribute__((packed))

#define UNUSED(a)                ((void)(1 || (a)))

#define predict_true(x)          __builtin_expect(!!(x), 1)
#define predict_false(x)         __builtin_expect(!!(x), 0)

#ifndef likely
#  define likely(x)              predict_true(x)
#endif

#ifndef unlikely
#  define unlikely(x)            predict_false(x)
#endif

#define return_address(x)        __builtin_return_address(x)

#endif /* __INCLUDE_NUTTX_COMPILER_H */
