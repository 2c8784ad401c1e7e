/* include/nuttx/init.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * How far the boot has come; sim_run() in arch/sim goes through the states
 * in this order.
 */

#ifndef __INCLUDE_NUTTX_INIT_H
#define __INCLUDE_NUTTX_INIT_H

#include <nuttx/config.h>

#include <nuttx/compiler.h>

enum nx_initstate_e
{
  OSINIT_POWERUP = 0,            /* No kernel runs in this process */
  OSINIT_BOOT,                   /* Modules are being set up */
  OSINIT_OSREADY,                /* Tasks can be created */
  OSINIT_IDLELOOP,               /* The first task exists */
  OSINIT_SHUTDOWN,               /* Tasks are being ended */
  OSINIT_PANIC                   /* Printing the report of a crash */
};

extern enum nx_initstate_e g_nx_initstate;

#define OSINIT_OS_READY()       (g_nx_initstate >= OSINIT_OSREADY)
#define OSINIT_IDLE_READY()     (g_nx_initstate >= OSINIT_IDLELOOP)
#define OSINIT_OS_SHUTTING()    (g_nx_initstate == OSINIT_SHUTDOWN)

#endif /* __INCLUDE_NUTTX_INIT_H */
