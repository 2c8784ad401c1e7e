/* include/sys/param.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The C library's header, and what NuttX adds to it (MIN, MAX, nitems,
 * ROUNDUP, ALIGN_UP and others).
 */

#if __has_include_next(<sys/param.h>)
#  include_next <sys/param.h>
#endif

#ifndef __INCLUDE_SYS_PARAM_H
#define __INCLUDE_SYS_PARAM_H

#include <nuttx/nuttx.h>

#endif /* __INCLUDE_SYS_PARAM_H */
