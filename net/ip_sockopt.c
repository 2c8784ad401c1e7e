/* net/ip_sockopt.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Options of level IPPROTO_IP, the same for TCP, UDP and raw endpoints, as
 * ip(7) of Linux describes them; and the helpers for options of all levels.
 *
 * Most are a bit in sconn_options (a table), or a byte.  An option that is
 * not known is -ENOPROTOOPT: nothing is accepted that has no effect.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <string.h>

#include <netinet/in.h>
#include <sys/socket.h>

#include "conn.h"
#include "net.h"

#define TTL_DEFAULT 64
#define ECN_MASK    3                /* Low bits of TOS: TCP's, not the user's
                                      * (RFC 3168) */

/* Helpers ******************************************************************/

int sockopt_get_int(const void *value, socklen_t len, int *result)
{
  if (value == NULL || len < (socklen_t)sizeof(*result))
    {
      return -EINVAL;
    }

  memcpy(result, value, sizeof(*result));
  return 0;
}

int sockopt_put(void *value, socklen_t *len, const void *result, size_t size)
{
  if ((int)*len < 0)
    {
      return -EINVAL;
    }

  *len = MIN((size_t)*len, size);
  if (*len > 0)
    {
      memcpy(value, result, *len);
    }

  return 0;
}

/* At this level a byte will do where an int is meant, in both directions; and
 * nothing at all is 0, but not to those options that look for a byte at least
 */

static bool needs_byte(int option)
{
  return option == IP_TTL || option == IP_FREEBIND ||
         option == IP_MULTICAST_TTL || option == IP_MULTICAST_LOOP ||
         option == IP_MULTICAST_ALL;
}

static int get_number(const void *value, socklen_t len, int *result)
{
  if (len == 0)
    {
      *result = 0;
      return 0;
    }

  if (len < (socklen_t)sizeof(int))
    {
      *result = *(const uint8_t *)value;
      return 0;
    }

  return sockopt_get_int(value, len, result);
}

static int put_number(void *value, socklen_t *len, int number)
{
  uint8_t byte = number;

  if (*len > 0 && *len < sizeof(int) && number >= 0 && number <= 255)
    {
      return sockopt_put(value, len, &byte, sizeof(byte));
    }

  return sockopt_put(value, len, &number, sizeof(number));
}

static int type_of(const struct socket_conn_s *conn)
{
  return conn->psock != NULL ? conn->psock->s_type : 0;
}

/* Bits *********************************************************************/

static const struct
{
  int option;
  uint16_t bit;
} g_bits[] =
{
  { IP_PKTINFO, CONN_PKTINFO },
  { IP_RECVTTL, CONN_RECVTTL },
  { IP_RECVTOS, CONN_RECVTOS },
  { IP_RECVERR, CONN_RECVERR },
  { IP_FREEBIND, CONN_FREEBIND },
  { IP_MULTICAST_LOOP, CONN_MCAST_LOOP },
  { IP_MULTICAST_ALL, CONN_MCAST_ALL },
  { IP_HDRINCL, CONN_HDRINCL }
};

static uint16_t bit_of(const struct socket_conn_s *conn, int option)
{
  unsigned int i;

  if (option == IP_HDRINCL && type_of(conn) != SOCK_RAW)
    {
      return 0;
    }

  for (i = 0; i < nitems(g_bits); i++)
    {
      if (g_bits[i].option == option)
        {
          return g_bits[i].bit;
        }
    }

  return 0;
}

/* Multicast ****************************************************************/

/* struct ip_mreqn, or the older forms that are the beginning of it: struct
 * ip_mreq, and for IP_MULTICAST_IF a struct in_addr alone, which is the
 * interface's address.
 */

static int get_mreq(const void *value, socklen_t len, bool alone,
                    struct ip_mreqn *req)
{
  memset(req, 0, sizeof(*req));
  if (len >= (socklen_t)sizeof(struct ip_mreqn))
    {
      memcpy(req, value, sizeof(*req));
    }
  else if (len >= (socklen_t)sizeof(struct ip_mreq))
    {
      memcpy(req, value, sizeof(struct ip_mreq));
    }
  else if (alone && len >= (socklen_t)sizeof(struct in_addr))
    {
      memcpy(&req->imr_address, value, sizeof(struct in_addr));
    }
  else
    {
      return -EINVAL;
    }

  return req->imr_ifindex < 0 ? -EINVAL : 0;
}

static int set_membership(struct socket_conn_s *conn, int option,
                          const void *value, socklen_t len)
{
  struct netaddr_s group;
  struct netaddr_s addr;
  struct ip_mreqn req;
  int ret;

  if (type_of(conn) == SOCK_STREAM)
    {
      return -EPROTO;
    }

  ret = get_mreq(value, len, false, &req);
  if (ret < 0)
    {
      return ret;
    }

  group = netaddr_from4(req.imr_multiaddr.s_addr);
  addr  = netaddr_from4(req.imr_address.s_addr);
  return option == IP_ADD_MEMBERSHIP ?
         conn_join(conn, &group, &addr, req.imr_ifindex) :
         conn_leave(conn, &group, &addr, req.imr_ifindex);
}

/* The form that does not depend on the family (RFC 3678) */

static int set_group(struct socket_conn_s *conn, int option,
                     const void *value, socklen_t len)
{
  struct netaddr_s group;
  struct group_req req;
  uint16_t port;
  int ret;

  if (type_of(conn) == SOCK_STREAM)
    {
      return -EPROTO;
    }

  if (len < (socklen_t)sizeof(req))
    {
      return -EINVAL;
    }

  memcpy(&req, value, sizeof(req));
  ret = conn_sockaddr_get(conn, (const struct sockaddr *)&req.gr_group,
                          sizeof(req.gr_group), &group, &port);
  if (ret < 0)
    {
      return -EINVAL;
    }

  return option == MCAST_JOIN_GROUP ?
         conn_join(conn, &group, NULL, req.gr_interface) :
         conn_leave(conn, &group, NULL, req.gr_interface);
}

static int set_multicast_if(struct socket_conn_s *conn, const void *value,
                            socklen_t len)
{
  struct netif_addr_s *local;
  struct netaddr_s addr;
  struct netif_s *nif = NULL;
  struct ip_mreqn req;
  int ret = get_mreq(value, len, true, &req);

  if (ret < 0 || type_of(conn) == SOCK_STREAM)
    {
      return -EINVAL;
    }

  addr = netaddr_from4(req.imr_address.s_addr);
  if (req.imr_ifindex == 0 && netaddr_isany(&addr))
    {
      conn->mcast_ifindex = 0;
      return 0;
    }

  if (req.imr_ifindex != 0)
    {
      nif = netif_find(req.imr_ifindex);
    }
  else if ((local = netif_addr_local(NULL, &addr)) != NULL)
    {
      nif = local->nif;
    }

  if (nif == NULL || (conn->ifindex != 0 &&
                      conn->ifindex != nif->dev->d_ifindex))
    {
      return nif == NULL ? -EADDRNOTAVAIL : -EINVAL;
    }

  conn->mcast_ifindex = nif->dev->d_ifindex;
  conn->path.ip = NULL;
  return 0;
}

static int get_multicast_if(struct socket_conn_s *conn, void *value,
                            socklen_t *len)
{
  struct netif_s *nif = netif_find(conn->mcast_ifindex);
  struct netif_addr_s *local = nif != NULL ? netif_addr_first(nif) : NULL;
  struct in_addr addr;

  addr.s_addr = local != NULL ? netaddr_to4(&local->addr) : INADDR_ANY;
  return sockopt_put(value, len, &addr, sizeof(addr));
}

/* Numbers ******************************************************************/

/* -1 is the default of both TTLs */

static int set_ttl(struct socket_conn_s *conn, int option, int ttl)
{
  if (option == IP_TTL)
    {
      if (ttl != -1 && (ttl < 1 || ttl > 255))
        {
          return -EINVAL;
        }

      conn->ttl = ttl == -1 ? 0 : ttl;
      return 0;
    }

  if (type_of(conn) == SOCK_STREAM || ttl < -1 || ttl > 255)
    {
      return -EINVAL;
    }

  conn->mcast_ttl = ttl == -1 ? 1 : ttl;
  return 0;
}

static int set_number(struct socket_conn_s *conn, int option, int number)
{
  switch (option)
    {
      case IP_TTL:
      case IP_MULTICAST_TTL:
        return set_ttl(conn, option, number);

      case IP_TOS:
        conn->tos = type_of(conn) == SOCK_STREAM ?
                    (number & ~ECN_MASK) | (conn->tos & ECN_MASK) : number;
        return 0;

      case IP_MTU_DISCOVER:
        if (number < IP_PMTUDISC_DONT || number > IP_PMTUDISC_OMIT)
          {
            return -EINVAL;
          }

        conn->pmtudisc = number;
        return 0;

      default:
        return -ENOPROTOOPT;
    }
}

/* IP_MTU: of the path to the peer as it is known now */

static int get_mtu(struct socket_conn_s *conn, int *mtu)
{
  struct net_path_s path;
  int ret;

  if ((conn->flags & CONN_CONNECTED) == 0)
    {
      return -ENOTCONN;
    }

  ret = conn_route(conn, &conn->raddr, &path);
  if (ret == 0)
    {
      *mtu = path.mtu;
    }

  return ret;
}

static int get_number_of(struct socket_conn_s *conn, int option, int *number)
{
  switch (option)
    {
      case IP_TTL:
        *number = conn->ttl != 0 ? conn->ttl : TTL_DEFAULT;
        return 0;

      case IP_MULTICAST_TTL:
        *number = conn->mcast_ttl;
        return 0;

      case IP_TOS:
        *number = conn->tos;
        return 0;

      case IP_MTU_DISCOVER:
        *number = conn->pmtudisc;
        return 0;

      case IP_MTU:
        return get_mtu(conn, number);

      default:
        return -ENOPROTOOPT;
    }
}

/* The calls ****************************************************************/

/* "own" is the protocol's level, whose options were looked for already */

int sockopt_get_other(struct socket_conn_s *conn, int own, int level,
                      int option, void *value, socklen_t *len)
{
  return level == IPPROTO_IP ? ip_getsockopt(conn, option, value, len) :
         level == own ? -ENOPROTOOPT : -EOPNOTSUPP;
}

int sockopt_set_other(struct socket_conn_s *conn, int level, int option,
                      const void *value, socklen_t len)
{
  return level == IPPROTO_IP ? ip_setsockopt(conn, option, value, len) :
         -ENOPROTOOPT;
}

int ip_getsockopt(struct socket_conn_s *conn, int option, void *value,
                  socklen_t *len)
{
  uint16_t bit = bit_of(conn, option);
  int number = 0;
  int ret;

  if ((int)*len < 0)
    {
      return -EINVAL;
    }

  if (option == IP_MULTICAST_IF)
    {
      return get_multicast_if(conn, value, len);
    }

  if (bit != 0)
    {
      number = (conn->options & bit) != 0;
      return put_number(value, len, number);
    }

  ret = get_number_of(conn, option, &number);
  return ret < 0 ? ret : put_number(value, len, number);
}

int ip_setsockopt(struct socket_conn_s *conn, int option, const void *value,
                  socklen_t len)
{
  uint16_t bit = bit_of(conn, option);
  int number;
  int ret;

  if ((value == NULL && len > 0) || (int)len < 0 ||
      (len == 0 && needs_byte(option)))
    {
      return -EINVAL;
    }

  switch (option)
    {
      case IP_ADD_MEMBERSHIP:
      case IP_DROP_MEMBERSHIP:
        return set_membership(conn, option, value, len);

      case MCAST_JOIN_GROUP:
      case MCAST_LEAVE_GROUP:
        return set_group(conn, option, value, len);

      case IP_MULTICAST_IF:
        return set_multicast_if(conn, value, len);

      case IP_MULTICAST_LOOP:
        if (type_of(conn) == SOCK_STREAM)
          {
            return -EINVAL;
          }

        break;

      default:
        break;
    }

  ret = get_number(value, len, &number);
  if (ret < 0)
    {
      return ret;
    }

  if (bit != 0)
    {
      conn->options = number != 0 ? conn->options | bit :
                      conn->options & ~bit;
      return 0;
    }

  return set_number(conn, option, number);
}
