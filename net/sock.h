/* net/sock.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What socket.c, sock_wait.c, sockopt.c and sock_file.c share.
 */

#ifndef __NET_SOCK_H
#define __NET_SOCK_H

#include <nuttx/config.h>

#include <nuttx/net/net.h>
#include <nuttx/semaphore.h>

#include "conn.h"

/* s_flags */

#define SOCK_LISTENING    (1 << 0)
#define SOCK_CONNECTING   (1 << 3)   /* connect() returned before the end */
#define SOCK_BATON_READ   (1 << 1)   /* A reader was woken, is not back yet */
#define SOCK_BATON_WRITE  (1 << 2)   /* Likewise a writer */

/* A call that waits.  On the stack of its task; zeroed but for the first
 * four, it costs nothing until the first sock_wait().
 */

struct sock_wait_s
{
  struct socket *psock;
  uint8_t baton;                     /* SOCK_BATON_*: what it waits for */
  bool linked;
  bool woken;                        /* It has the baton */
  uint8_t priority;
  uint64_t deadline;
  struct sock_wait_s *next;
  sem_t sem;
};

/* Waiting: timeo in ns, 0: for ever.  sock_wait() returns 0: look again;
 * -EAGAIN: the time is over; -EINTR.  sock_wait_end() in every case.
 */

void sock_wait_begin(struct sock_wait_s *wait, struct socket *psock,
                     uint8_t baton, uint64_t timeo);
int  sock_wait(struct sock_wait_s *wait);
void sock_wait_end(struct sock_wait_s *wait);

/* What is true now, with the second names that poll() has for some */

unsigned int sock_events(struct socket *psock);

/* accept(): make() puts a zeroed socket into newsock and is called when there
 * is a connection to be taken, before it is.  If the result is negative and
 * newsock is not NULL it has to be undone: its s_conn is NULL, or not.
 */

struct sock_accept_s
{
  int (*make)(struct sock_accept_s *accept);
  struct socket *newsock;
};

int  sock_accept(struct socket *psock, int flags,
                 struct sock_accept_s *accept);
int  sock_accept_name(struct socket *newsock, struct sockaddr *addr,
                      socklen_t *len);

/* The end of a socket without freeing its memory; s_conn may be NULL */

void sock_finish(struct socket *psock);

/* sendmsg() and recvmsg() behind the checks of their arguments: waiting,
 * unless MSG_DONTWAIT */

ssize_t sock_send(struct socket *psock, struct sock_msg_s *msg, int flags);
ssize_t sock_recv(struct socket *psock, struct sock_msg_s *msg, int flags);

/* SOL_SOCKET: sockopt.c */

int  sock_getsockopt(struct socket *psock, int option, void *value,
                     socklen_t *len);
int  sock_setsockopt(struct socket *psock, int option, const void *value,
                     socklen_t len);

#endif /* __NET_SOCK_H */
