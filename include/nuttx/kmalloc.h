/* include/nuttx/kmalloc.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The kernel heap, on the host's, so that sanitizers see every block.  All
 * of it may be called in interrupt context.
 */

#ifndef __INCLUDE_NUTTX_KMALLOC_H
#define __INCLUDE_NUTTX_KMALLOC_H

#include <nuttx/config.h>

#include <stddef.h>

#include <nuttx/compiler.h>

/* For /proc/meminfo, and for tests that count before and after */

struct kmm_info_s
{
  size_t nblocks;                /* Blocks not yet freed, and their bytes */
  size_t nbytes;
  size_t peak;                   /* The most bytes since boot */
  size_t nfailed;                /* Allocations that failed since boot */
  unsigned long failing;         /* What is left to count, see kmm_fail() */
};

/* As malloc() and friends; NULL when there is no memory.  A size of zero
 * gives a block that can be freed.
 */

FAR void *kmm_malloc(size_t size);
FAR void *kmm_zalloc(size_t size);
FAR void *kmm_calloc(size_t n, size_t size);
FAR void *kmm_realloc(FAR void *mem, size_t size);
FAR void *kmm_memalign(size_t alignment, size_t size);
FAR char *kmm_strdup(FAR const char *text);
void kmm_free(FAR void *mem);

void kmm_getinfo(FAR struct kmm_info_s *info);

/* For tests: make the n-th allocation from now on fail (1 is the next one),
 * one time; 0 cancels.  Applications write n to /proc/fail-nth.
 */

void kmm_fail(unsigned long n);

#endif /* __INCLUDE_NUTTX_KMALLOC_H */
