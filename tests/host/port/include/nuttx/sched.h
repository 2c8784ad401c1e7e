/* tests/host/port/include/nuttx/sched.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The few scheduler calls that buffer code makes.  There is one TCB (one
 * per thread with HOST_PTHREAD); sched_idletask() is false until a test
 * says otherwise with host_set_idletask().
 */

#ifndef __HOST_PORT_NUTTX_SCHED_H
#define __HOST_PORT_NUTTX_SCHED_H

#include <nuttx/config.h>

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <nuttx/compiler.h>

struct tcb_s
{
  pid_t pid;
  uint8_t sched_priority;
};

FAR struct tcb_s *nxsched_self(void);
pid_t nxsched_gettid(void);
bool sched_idletask(void);
void sched_lock(void);
void sched_unlock(void);

#endif /* __HOST_PORT_NUTTX_SCHED_H */
