/* tests/host/net/tcp_check.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What must be true of every TCP connection whenever the stack is at rest:
 * sums agree with what they are sums of, and whatever is not finished has a
 * timer or a queue that will bring it up again.  A connection with something
 * to do and nothing to wake it is dead, even if no test notices for minutes.
 */

#ifndef __TESTS_HOST_NET_TCP_CHECK_H
#define __TESTS_HOST_NET_TCP_CHECK_H

#include "stack.h"
#include "tcp.h"

/* Look at one, or at all.  The first rule that is broken since the beginning
 * is told by net_failed().  "quiet": nothing can be sent now.
 */

void tcp_check_begin(void);
void tcp_check_conn(struct tcp_conn_s *conn, bool quiet);
void tcp_check_all(bool quiet);

/* One line about each, for the report of a failure */

void tcp_check_show(void);

#endif /* __TESTS_HOST_NET_TCP_CHECK_H */
