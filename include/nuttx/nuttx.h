/* include/nuttx/nuttx.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Alignment and container helpers.  ALIGN_UP, ALIGN_DOWN and IS_ALIGNED
 * want a power of two; ROUNDUP takes any divisor.
 */

#ifndef __INCLUDE_NUTTX_NUTTX_H
#define __INCLUDE_NUTTX_NUTTX_H

#include <stddef.h>
#include <stdint.h>

#include <nuttx/compiler.h>

#ifndef ALIGN_UP_MASK
#  define ALIGN_UP_MASK(v, m)    (((v) + (m)) & ~(m))
#  define ALIGN_DOWN_MASK(v, m)  ((v) & ~(m))
#endif

#ifndef ALIGN_UP
#  define ALIGN_UP(v, a)         ALIGN_UP_MASK(v, (a) - 1)
#  define ALIGN_DOWN(v, a)       ALIGN_DOWN_MASK(v, (a) - 1)
#endif

#ifndef IS_ALIGNED
#  define IS_ALIGNED(v, a)       (((v) & ((a) - 1)) == 0)
#endif

#ifndef ROUNDUP
#  define ROUNDUP(x, y)          ((((x) + (y) - 1) / (y)) * (y))
#endif

#ifndef ROUNDDOWN
#  define ROUNDDOWN(x, y)        (((x) / (y)) * (y))
#endif

#ifndef DIV_ROUND_UP
#  define DIV_ROUND_UP(n, d)     (((n) + (d) - 1) / (d))
#endif

#ifndef nitems
#  define nitems(a)              (sizeof(a) / sizeof((a)[0]))
#endif

#ifndef MIN
#  define MIN(a, b)              ((a) < (b) ? (a) : (b))
#endif

#ifndef MAX
#  define MAX(a, b)              ((a) > (b) ? (a) : (b))
#endif

#ifndef container_of
#  define container_of(ptr, type, member) \
     ((FAR type *)((uintptr_t)(ptr) - offsetof(type, member)))
#endif

#endif /* __INCLUDE_NUTTX_NUTTX_H */
