/* include/sys/types.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The C library's header, and NuttX's OK and ERROR, which NuttX keeps here.
 */

#include_next <sys/types.h>

#ifndef __INCLUDE_SYS_TYPES_H
#define __INCLUDE_SYS_TYPES_H

#ifndef OK
#  define OK 0
#endif

#ifndef ERROR
#  define ERROR -1
#endif

#endif /* __INCLUDE_SYS_TYPES_H */
