/* net/tcp_user.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What tcp_user.c and tcp_sockopt.c share.
 */

#ifndef __NET_TCP_USER_H
#define __NET_TCP_USER_H

#include <nuttx/net/net.h>

#define TCP_MSS_FIRST 536            /* RFC 9293 3.7.1 */

int tcp_getsockopt(struct socket *psock, int level, int option, void *value,
                   socklen_t *len);
int tcp_setsockopt(struct socket *psock, int level, int option,
                   const void *value, socklen_t len);

#endif /* __NET_TCP_USER_H */
