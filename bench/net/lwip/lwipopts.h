/* bench/net/lwip/lwipopts.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * lwIP tuned for bulk: windows of 512 KiB, pools that do not run out, no
 * threads (its fastest interface), sums taken while copying.
 */

#ifndef __BENCH_NET_LWIP_LWIPOPTS_H
#define __BENCH_NET_LWIP_LWIPOPTS_H

#define NO_SYS                     1
#define SYS_LIGHTWEIGHT_PROT       0
#define LWIP_SOCKET                0
#define LWIP_NETCONN               0
#define LWIP_IPV6                  0
#define LWIP_DHCP                  0
#define LWIP_STATS                 0
#define LWIP_NETIF_TX_SINGLE_PBUF  0
#define LWIP_SINGLE_NETIF          1

#define MEM_ALIGNMENT              8
#define MEM_LIBC_MALLOC            1
#define MEMP_MEM_MALLOC            0
#define MEMP_NUM_TCP_PCB           256
#define MEMP_NUM_TCP_PCB_LISTEN    8
#define MEMP_NUM_TCP_SEG           8192
#define MEMP_NUM_PBUF              8192
#define PBUF_POOL_SIZE             4096
#define PBUF_POOL_BUFSIZE          (LWIP_BENCH_MTU + 14 + 50)

#define TCP_MSS                    (LWIP_BENCH_MTU - 40)
#define LWIP_WND_SCALE             1
#define TCP_RCV_SCALE              4
#define TCP_WND                    (512 * 1024)
#define TCP_SND_BUF                (512 * 1024)
#define TCP_SND_QUEUELEN           4096
#define TCP_SNDLOWAT               (128 * 1024)
#define TCP_SNDQUEUELOWAT          2048
#define TCP_OVERSIZE               TCP_MSS
#define LWIP_TCP_TIMESTAMPS        0
#define LWIP_TCP_SACK_OUT          0
#define TCP_LISTEN_BACKLOG         0
#define LWIP_CHECKSUM_ON_COPY      1
#define LWIP_CHKSUM_ALGORITHM      3
#define CHECKSUM_CHECK_TCP         1
#define MEMP_NUM_SYS_TIMEOUT       16
#define LWIP_DISABLE_TCP_SANITY_CHECKS 1

#endif
