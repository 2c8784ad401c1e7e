/* tests/host/port/include/nuttx/wqueue.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * NuttX's work notifier.  A notification waits for an event; the signal of
 * that event makes its worker ready, once; host_work_run() (host_port.h)
 * then runs what is ready, in the order of registration.  Setting up,
 * tearing down and signalling are safe in an interrupt.
 */

#ifndef __HOST_PORT_NUTTX_WQUEUE_H
#define __HOST_PORT_NUTTX_WQUEUE_H

#include <nuttx/config.h>

#include <stdint.h>
#include <sys/types.h>

#include <nuttx/compiler.h>
#include <nuttx/clock.h>

#define HPWORK  0
#define LPWORK  1
#define USRWORK LPWORK

typedef CODE void (*worker_t)(FAR void *arg);

struct work_s
{
  FAR struct work_s *next;
  worker_t worker;
  FAR void *arg;
  clock_t qtime;
};

enum work_evtype_e
{
  WORK_IOB_AVAIL = 1,
  WORK_NET_DOWN,
  WORK_TCP_READAHEAD,
  WORK_TCP_WRITEBUFFER,
  WORK_TCP_DISCONNECT,
  WORK_UDP_READAHEAD,
  WORK_UDP_WRITEBUFFER
};

struct work_notifier_s
{
  uint8_t evtype;        /* enum work_evtype_e */
  uint8_t qid;           /* HPWORK or LPWORK */
  FAR void *qualifier;   /* Must match that of the signal */
  FAR void *arg;         /* Given to the worker */
  worker_t worker;
};

int work_notifier_setup(FAR struct work_notifier_s *info);
int work_notifier_teardown(int key);
void work_notifier_signal(enum work_evtype_e evtype, FAR void *qualifier);

#endif /* __HOST_PORT_NUTTX_WQUEUE_H */
