/* include/strings.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The C library's header, and the BSD bit searches that glibc lacks.  Bits
 * are numbered from 1; the answer for zero is 0.  They are macros over
 * inline functions, so that a C library which does declare the names does
 * no harm, and a processor with a count-zeros instruction uses it.
 */

#if __has_include_next(<strings.h>)
#  include_next <strings.h>
#endif

#ifndef __INCLUDE_STRINGS_H
#define __INCLUDE_STRINGS_H

static inline int host_fls(int i)
{
  return i == 0 ? 0 : (int)sizeof(i) * 8 - __builtin_clz((unsigned int)i);
}

static inline int host_flsl(long i)
{
  return i == 0 ? 0 :
         (int)sizeof(i) * 8 - __builtin_clzl((unsigned long)i);
}

static inline int host_flsll(long long i)
{
  return i == 0 ? 0 :
         (int)sizeof(i) * 8 - __builtin_clzll((unsigned long long)i);
}

#undef ffs
#undef ffsl
#undef ffsll
#undef fls
#undef flsl
#undef flsll

#define ffs(i)   __builtin_ffs(i)
#define ffsl(i)  __builtin_ffsl(i)
#define ffsll(i) __builtin_ffsll(i)
#define fls(i)   host_fls(i)
#define flsl(i)  host_flsl(i)
#define flsll(i) host_flsll(i)

#endif /* __INCLUDE_STRINGS_H */
