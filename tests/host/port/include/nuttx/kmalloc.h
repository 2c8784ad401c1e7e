/* tests/host/port/include/nuttx/kmalloc.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The kernel heap, on the host's.  Freeing in an interrupt is allowed and
 * deferred, allocating there panics, both as in NuttX.  host_port.h can make
 * the n-th allocation fail and count the blocks outstanding.
 */

#ifndef __HOST_PORT_NUTTX_KMALLOC_H
#define __HOST_PORT_NUTTX_KMALLOC_H

#include <nuttx/config.h>

#include <stddef.h>

#include <nuttx/compiler.h>

FAR void *kmm_malloc(size_t size);
FAR void *kmm_zalloc(size_t size);
FAR void *kmm_calloc(size_t n, size_t size);
FAR void *kmm_memalign(size_t alignment, size_t size);
void kmm_free(FAR void *mem);

#endif /* __HOST_PORT_NUTTX_KMALLOC_H */
