/****************************************************************************
 * apps/testing/sockettest/calls_tests.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Licensed to the Apache Software Foundation (ASF) under one or more
 * contributor license agreements.  See the NOTICE file distributed with
 * this work for additional information regarding copyright ownership.  The
 * ASF licenses this file to you under the Apache License, Version 2.0 (the
 * "License"); you may not use this file except in compliance with the
 * License.  You may obtain a copy of the License at
 *
 *   http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
 * WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.  See the
 * License for the specific language governing permissions and limitations
 * under the License.
 *
 ****************************************************************************/

/* The tests of group calls, for its table in group_calls.c. */

#ifndef __APPS_TESTING_SOCKETTEST_CALLS_TESTS_H
#define __APPS_TESTING_SOCKETTEST_CALLS_TESTS_H

/****************************************************************************
 * Public Function Prototypes
 ****************************************************************************/

void calls_socket(FAR void **state);
void calls_socket_errors(FAR void **state);
void calls_bind(FAR void **state);
void calls_bind_errors(FAR void **state);
void calls_bind_auto(FAR void **state);
void calls_getsockname(FAR void **state);
void calls_listen(FAR void **state);
void calls_listen_errors(FAR void **state);
void calls_connect(FAR void **state);
void calls_connect_errors(FAR void **state);
void calls_connect_nonblock(FAR void **state);
void calls_connect_pending(FAR void **state);
void calls_accept(FAR void **state);
void calls_accept_errors(FAR void **state);
void calls_accept4(FAR void **state);
void calls_getpeername(FAR void **state);
void calls_shutdown(FAR void **state);
void calls_shutdown_errors(FAR void **state);
void calls_close_ends(FAR void **state);
void calls_fcntl(FAR void **state);
void calls_dup(FAR void **state);
void calls_ioctl(FAR void **state);
void calls_ioctl_interface(FAR void **state);
void calls_sockatmark(FAR void **state);
void calls_fstat(FAR void **state);
void calls_lseek(FAR void **state);
void calls_sockopt(FAR void **state);
void calls_send_recv(FAR void **state);
void calls_send_recv_errors(FAR void **state);
void calls_read_write(FAR void **state);
void calls_read_write_errors(FAR void **state);
void calls_readv_writev(FAR void **state);
void calls_readv_writev_errors(FAR void **state);
void calls_sendto_recvfrom(FAR void **state);
void calls_sendto_errors(FAR void **state);
void calls_sendmsg_recvmsg(FAR void **state);
void calls_sendmsg_errors(FAR void **state);
void calls_sendmmsg_recvmmsg(FAR void **state);
void calls_sendmmsg_errors(FAR void **state);
void calls_sendfile(FAR void **state);
void calls_libctest_socket(FAR void **state);
void calls_getaddrinfo(FAR void **state);
void calls_getaddrinfo_errors(FAR void **state);
void calls_gethostbyname(FAR void **state);
void calls_getnameinfo(FAR void **state);
void calls_inet(FAR void **state);
void calls_if_names(FAR void **state);
void calls_getifaddrs(FAR void **state);
void calls_socketpair(FAR void **state);
void calls_poll(FAR void **state);
void calls_poll_errors(FAR void **state);
void calls_ppoll(FAR void **state);
void calls_select(FAR void **state);
void calls_pselect(FAR void **state);
void calls_epoll(FAR void **state);
void calls_epoll_errors(FAR void **state);

#endif /* __APPS_TESTING_SOCKETTEST_CALLS_TESTS_H */
