/* bench/net/lwip/arch/cc.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What lwIP wants to know about compiler and machine: its defaults, and
 * where diagnostics go.
 */

#ifndef __BENCH_NET_LWIP_ARCH_CC_H
#define __BENCH_NET_LWIP_ARCH_CC_H

#include <stdio.h>
#include <stdlib.h>

#define LWIP_PLATFORM_DIAG(x) do { printf x; } while (0)
#define LWIP_PLATFORM_ASSERT(x) \
  do \
    { \
      fprintf(stderr, "lwIP: %s\n", x); \
      abort(); \
    } \
  while (0)

#define LWIP_RAND() ((u32_t)rand())

#endif
