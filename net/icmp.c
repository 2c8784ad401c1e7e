/* net/icmp.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * ICMP (RFC 792, RFC 1122 3.2.2, RFC 1812 4.3, RFC 1191).
 *
 * In: an echo is answered in the very packet that brought it: the type
 * changes, the checksum follows by difference, the addresses change places.
 * Only if somebody else views those bytes (a raw socket) are they copied.
 * Nothing that was sent to more than one host is answered.
 *
 * An error quotes the packet that it is about.  It is believed only if we
 * can have sent that packet, and then goes to the transport that did.  A path
 * MTU is believed only if there is such a connection, and for TCP if the
 * quoted sequence number is in flight (RFC 5927 7.2): otherwise anybody could
 * slow down anybody by one packet.  Redirects and source quenches do nothing
 * (RFC 6633): routes are what their owner configured.
 *
 * Out: an error is never sent about an error, a fragment but the first, or
 * anything that went to or came from more than one host (RFC 1122 3.2.2).
 * Two kinds of token buckets limit the rest: one for each host, found by a
 * keyed hash, that allows 6 at once and one a second; and one for all, that
 * allows 50 at once and 1000 a second.  A little randomness in the latter
 * keeps it from telling a third party whether it was used ("SAD DNS").
 */

#include <nuttx/config.h>

#include <netinet/in.h>

#include <errno.h>
#include <string.h>

#include "conn.h"
#include "ipv4.h"
#include "tcp.h"

/* Buckets count time: a packet costs what it takes to earn it */

#define GLOBAL_COST  (NET_SEC / 1000)
#define GLOBAL_BURST 50
#define HOST_COST    NET_SEC
#define HOST_BURST   6
#define NHOSTS       256

/* An error is at most this long, IP header included (RFC 1812 4.3.2.3) */

#define ERROR_MAXLEN 576

/* The longest quoted header, and the 8 bytes that must follow it */

#define QUOTE_MAX (IP_MAXHDRLEN + 8)

struct bucket_s
{
  nettime_t last;
  nettime_t credit;
};

static struct bucket_s g_all;
static struct bucket_s g_host[NHOSTS];

#define COUNT(counter) g_net.stats.icmp.counter++

/* Limits *******************************************************************/

static bool bucket_has(struct bucket_s *bucket, nettime_t cost,
                       unsigned int burst, unsigned int jitter)
{
  nettime_t now = net_now();
  nettime_t credit = bucket->credit + (now - bucket->last);

  bucket->last   = now;
  bucket->credit = credit > burst * cost ? burst * cost : credit;
  return bucket->credit >= (1 + jitter) * cost;
}

static void bucket_fill(struct bucket_s *bucket, nettime_t credit)
{
  bucket->last   = net_now();
  bucket->credit = credit;
}

/* May an error go to this host now?  Those that a path MTU depends on are
 * limited in all only.  What one bucket refuses costs nothing in the other.
 */

static bool error_allowed(uint32_t dst, uint8_t type, uint8_t code)
{
  bool pmtu = type == ICMPT_UNREACH && code == ICMPC_FRAGNEEDED;
  struct bucket_s *host = &g_host[net_hash(&dst, sizeof(dst)) % NHOSTS];

  if (!pmtu && !bucket_has(host, HOST_COST, HOST_BURST, 0))
    {
      COUNT(outratelimithost);
      return false;
    }

  if (!bucket_has(&g_all, GLOBAL_COST, GLOBAL_BURST, net_random() % 3))
    {
      COUNT(outratelimitglobal);
      return false;
    }

  g_all.credit -= GLOBAL_COST;
  host->credit -= pmtu ? 0 : HOST_COST;
  return true;
}

/* Sending ******************************************************************/

/* Route and send a whole message; consumes it */

static int icmp_output(struct iob_s *pkt, struct net_path_s *path,
                       const struct netaddr_s *src,
                       const struct netaddr_s *dst, uint8_t tos)
{
  struct net_tx_s tx;

  memset(&tx, 0, sizeof(tx));
  tx.src   = src;
  tx.dst   = dst;
  tx.proto = IPPROTO_ICMP;
  tx.tos   = tos;
  tx.flags = NET_TX_NOWAIT;
  COUNT(outmsgs);
  return ip_output(pkt, path, &tx);
}

static void count_error(uint8_t type)
{
  switch (type)
    {
      case ICMPT_UNREACH:
        COUNT(outdestunreachs);
        break;

      case ICMPT_TIMXCEED:
        COUNT(outtimeexcds);
        break;

      default:
        COUNT(outparmprobs);
        break;
    }
}

/* Is it forbidden to tell anybody about this packet? */

static bool unmentionable(const uint8_t *ip, const struct net_rx_s *rx,
                          const struct iob_s *pkt, unsigned int offset)
{
  unsigned int first = ip4_first(rx->src.w[3]);
  uint8_t type;

  if ((rx->flags & (NET_RX_BROADCAST | NET_RX_MULTICAST |
                    NET_RX_LOOPED)) != 0 ||
      first == 0 || first >= 224 ||
      (first == 127 && !rx->nif->loopback) ||
      (wire_get16(ip + IP_OFF) & IPF_OFFMASK) != 0)
    {
      return true;
    }

  if (ip[IP_PROTO] != IPPROTO_ICMP)
    {
      return false;
    }

  if (iob_copyout(&type, pkt, 1, (int)offset) != 1)
    {
      return true;
    }

  return (type != ICMPT_ECHO && type != ICMPT_ECHOREPLY &&
          type < ICMPT_TIMESTAMP) || type > ICMPT_MASKREPLY;
}

/* ip is the header of the packet, whose payload is at "offset" of pkt */

static void send_error(const uint8_t *ip, const struct iob_s *pkt,
                       unsigned int offset, const struct net_rx_s *rx,
                       uint8_t type, uint8_t code, uint32_t info)
{
  const struct netaddr_s *src = NULL;
  unsigned int hdrlen = rx->iphdrlen;
  unsigned int quote = pkt->io_pktlen - offset;
  struct net_path_s path;
  struct iob_s *out;
  uint8_t *icmp;

  if (unmentionable(ip, rx, pkt, offset))
    {
      COUNT(outsuppressed);
      return;
    }

  /* Nobody else's network suffers from what stays here */

  if (!rx->nif->loopback && !error_allowed(rx->src.w[3], type, code))
    {
      return;
    }

  if (rx->nif->loopback || netif_addr_local(NULL, &rx->dst) != NULL)
    {
      src = &rx->dst;
    }

  if (net_route(&rx->src, src, 0, &path) < 0)
    {
      COUNT(outerrors);
      return;
    }

  if (quote > ERROR_MAXLEN - IP_HDRLEN - ICMP_HDRLEN - hdrlen)
    {
      quote = ERROR_MAXLEN - IP_HDRLEN - ICMP_HDRLEN - hdrlen;
    }

  out = iob_tryalloc_contig(ICMP_HDRLEN + hdrlen + quote,
                            path.nif->headroom + IP_HDRLEN, IOB_CLASS_CTRL);
  if (out == NULL)
    {
      COUNT(outerrors);
      return;
    }

  icmp = IOB_DATA(out);
  out->io_len    = (uint16_t)(ICMP_HDRLEN + hdrlen + quote);
  out->io_pktlen = out->io_len;
  icmp[ICMP_TYPE] = type;
  icmp[ICMP_CODE] = code;
  wire_store16(icmp + ICMP_SUM, 0);
  wire_put32(icmp + ICMP_INFO, info);
  memcpy(icmp + ICMP_HDRLEN, ip, hdrlen);
  iob_copyout(icmp + ICMP_HDRLEN + hdrlen, pkt, quote, (int)offset);
  wire_store16(icmp + ICMP_SUM,
              (uint16_t)~net_csum_fold(net_csum(icmp, out->io_len, 0)));

  count_error(type);
  icmp_output(out, &path, src != NULL ? src : &path.src, &rx->src, 0xc0);
}

void icmp_send_error(const struct iob_s *pkt, const struct net_rx_s *rx,
                     uint8_t type, uint8_t code, uint32_t info)
{
  send_error(IOB_DATA(pkt) - rx->iphdrlen, pkt, 0, rx, type, code, info);
}

void icmp_error_at(const struct iob_s *pkt, const struct net_rx_s *rx,
                   uint8_t type, uint8_t code, uint32_t info)
{
  send_error(IOB_DATA(pkt), pkt, rx->iphdrlen, rx, type, code, info);
}

/* Echo *********************************************************************/

static void echo(struct iob_s *pkt, struct net_rx_s *rx)
{
  struct net_path_s path;
  uint8_t *icmp;
  uint16_t old;

  COUNT(inechos);
  if (rx->flags & (NET_RX_BROADCAST | NET_RX_MULTICAST))
    {
      COUNT(inbcast);
      goto drop;
    }

  if (net_route(&rx->src, &rx->dst, 0, &path) < 0)
    {
      COUNT(outerrors);
      goto drop;
    }

  if (!iob_writable(pkt))
    {
      COUNT(echocopied);
      if (iob_unshare(pkt) < 0)
        {
          COUNT(outerrors);
          goto drop;
        }
    }

  icmp = IOB_DATA(pkt);
  old  = wire_load16(icmp);
  icmp[ICMP_TYPE] = ICMPT_ECHOREPLY;
  wire_store16(icmp + ICMP_SUM, ip_fixsum(wire_load16(icmp + ICMP_SUM), old,
                                         wire_load16(icmp)));
  COUNT(outechoreps);
  icmp_output(pkt, &path, &rx->dst, &rx->src, rx->tos);
  return;

drop:
  iob_free_chain(pkt);
}

/* Errors about what we sent ************************************************/

/* What the user is told (RFC 1122 3.2.2.1, 4.2.3.9), and whether it ends a
 * connection
 */

struct verdict_s
{
  uint8_t error;
  bool hard;
};

static const struct verdict_s g_unreach[] =
{
  { ENETUNREACH,  false },           /* Network */
  { EHOSTUNREACH, false },           /* Host */
  { ENOPROTOOPT,  true },            /* Protocol */
  { ECONNREFUSED, true },            /* Port */
  { EMSGSIZE,     true },            /* Fragmentation needed and DF */
  { EOPNOTSUPP,   false },           /* Source route failed */
  { ENETUNREACH,  true },            /* Network unknown */
  { EHOSTDOWN,    true },            /* Host unknown */
  { ENONET,       true },            /* Source host isolated */
  { ENETUNREACH,  true },            /* Network prohibited */
  { EHOSTUNREACH, true },            /* Host prohibited */
  { ENETUNREACH,  false },           /* Network, for this TOS */
  { EHOSTUNREACH, false },           /* Host, for this TOS */
  { EHOSTUNREACH, true },            /* Filtered */
  { EHOSTUNREACH, true },            /* Precedence violation */
  { EHOSTUNREACH, true },            /* Precedence cutoff */
};

#define NUNREACH (sizeof(g_unreach) / sizeof(g_unreach[0]))

static bool verdict(struct icmp_error_s *err)
{
  switch (err->type)
    {
      case ICMPT_UNREACH:
        if (err->code >= NUNREACH)
          {
            return false;
          }

        err->error = g_unreach[err->code].error;
        err->hard  = g_unreach[err->code].hard;
        return true;

      case ICMPT_TIMXCEED:
        err->error = EHOSTUNREACH;
        err->hard  = false;
        return err->code <= ICMPC_REASSEMBLY;

      default:
        err->error = EPROTO;
        err->hard  = true;
        return true;
    }
}

/* Whose packet it was, from the first 8 bytes of its transport header: the
 * identification is the port of an echo.
 */

void icmp_error_ports(struct icmp_error_s *err, const uint8_t *up)
{
  if (err->proto == IPPROTO_ICMP)
    {
      err->sport = wire_get16(up + ICMP_IDENT);
      err->dport = wire_get16(up + ICMP_SEQ);
    }
  else
    {
      err->sport = wire_get16(up);
      err->dport = wire_get16(up + 2);
      err->seq   = wire_get32(up + 4);
    }
}

/* Read the quoted packet.  False: too little of it, or rubbish */

static bool read_quote(struct iob_s *pkt, const struct net_rx_s *rx,
                       struct icmp_error_s *err, unsigned int *total)
{
  unsigned int need = ICMP_HDRLEN + QUOTE_MAX;
  unsigned int hdrlen;
  const uint8_t *ip;
  const uint8_t *up;

  if (need > pkt->io_pktlen)
    {
      need = pkt->io_pktlen;
    }

  if (need < ICMP_HDRLEN + IP_HDRLEN + 8 || iob_contig(pkt, need) < 0)
    {
      return false;
    }

  memset(err, 0, sizeof(*err));
  ip     = IOB_DATA(pkt) + ICMP_HDRLEN;
  hdrlen = ip_hdrlen(ip);
  if (ip[IP_VHL] >> 4 != 4 || hdrlen < IP_HDRLEN ||
      ICMP_HDRLEN + hdrlen + 8 > need ||
      (wire_get16(ip + IP_OFF) & IPF_OFFMASK) != 0)
    {
      return false;
    }

  up            = ip + hdrlen;
  *total        = wire_get16(ip + IP_LEN);
  err->type     = IOB_DATA(pkt)[ICMP_TYPE];
  err->code     = IOB_DATA(pkt)[ICMP_CODE];
  err->src      = netaddr_from4(wire_load32(ip + IP_SRC));
  err->dst      = netaddr_from4(wire_load32(ip + IP_DST));
  err->offender = rx->src;
  err->ifindex  = rx->nif->dev->d_ifindex;
  err->proto    = ip[IP_PROTO];
  err->quote    = pkt;
  err->quote_offset = ICMP_HDRLEN + hdrlen;
  err->quote_len    = pkt->io_pktlen - err->quote_offset;

  icmp_error_ports(err, up);
  return true;
}

/* Have we sent such a packet, as far as can be told?  Path MTUs depend on
 * it.
 */

static bool sent_it(const struct icmp_error_s *err)
{
  const struct socket_conn_s *sconn;
  const struct tcp_conn_s *tcp;

  switch (err->proto)
    {
      case IPPROTO_TCP:
        sconn = conn_lookup(IPPROTO_TCP, &err->src, err->sport, &err->dst,
                            err->dport, err->ifindex);
        tcp = (const struct tcp_conn_s *)sconn;
        return tcp != NULL && tcp->t_state != TCPS_TIME_WAIT &&
               SEQ_GEQ(err->seq, tcp->snd_una) &&
               SEQ_LT(err->seq, tcp->snd_max);

      case IPPROTO_UDP:
        return conn_lookup(IPPROTO_UDP, &err->src, err->sport, &err->dst,
                           err->dport, err->ifindex) != NULL ||
               conn_lookup_bound(IPPROTO_UDP, &err->src, err->sport,
                                 &err->dst, err->dport,
                                 err->ifindex) != NULL;

      default:
        return raw_sent(err);
    }
}

static void error_input(struct iob_s *pkt, const struct net_rx_s *rx)
{
  unsigned int total;
  struct icmp_error_s err;

  if (!read_quote(pkt, rx, &err, &total))
    {
      COUNT(inquoteshort);
      COUNT(inerrors);
      return;
    }

  if (!verdict(&err))
    {
      COUNT(inunknown);
      return;
    }

  /* From a wire only about what can have left by one */

  if ((netif_addr_local(NULL, &err.src) == NULL &&
       !(rx->nif->loopback && netaddr_isloopback(&err.src))) ||
      (!rx->nif->loopback && (netaddr_isloopback(&err.src) ||
                              netif_addr_local(NULL, &err.dst) != NULL)))
    {
      COUNT(inquoteforeign);
      return;
    }

  if (err.error == EMSGSIZE)
    {
      if (!sent_it(&err))
        {
          COUNT(inpmturefused);
          return;
        }

      err.mtu = route_mtu_update(&err.dst,
                                 wire_get16(IOB_DATA(pkt) + ICMP_MTU), total);
      COUNT(inpmtu);
    }

  if (err.proto == IPPROTO_TCP)
    {
      tcp_icmp_error(&err);
    }
  else if (err.proto == IPPROTO_UDP)
    {
      udp_icmp_error(&err);
    }

  if (g_raw_count > 0 || err.proto == IPPROTO_ICMP)
    {
      raw_icmp_error(&err);
    }
}

/* The way up ***************************************************************/

static void count_input(uint8_t type)
{
  switch (type)
    {
      case ICMPT_UNREACH:
        COUNT(indestunreachs);
        break;

      case ICMPT_TIMXCEED:
        COUNT(intimeexcds);
        break;

      case ICMPT_PARAMPROB:
        COUNT(inparmprobs);
        break;

      case ICMPT_SOURCEQUENCH:
        COUNT(insrcquenchs);
        break;

      case ICMPT_REDIRECT:
        COUNT(inredirects);
        break;

      case ICMPT_ECHOREPLY:
        COUNT(inechoreps);
        break;

      case ICMPT_TIMESTAMP:
        COUNT(intimestamps);
        break;

      case ICMPT_TIMESTAMPREPLY:
        COUNT(intimestampreps);
        break;

      case ICMPT_MASKREQ:
        COUNT(inaddrmasks);
        break;

      case ICMPT_MASKREPLY:
        COUNT(inaddrmaskreps);
        break;

      default:
        COUNT(inunknown);
        break;
    }
}

void icmp_input(struct iob_s *pkt, struct net_rx_s *rx)
{
  uint8_t type;

  COUNT(inmsgs);
  if (pkt->io_pktlen < ICMP_HDRLEN)
    {
      COUNT(inshort);
      COUNT(inerrors);
      goto drop;
    }

  if ((rx->flags & NET_RX_CSUM_OK) == 0 &&
      net_csum_fold(net_csum_iob(pkt, 0, pkt->io_pktlen, 0)) != 0xffff)
    {
      COUNT(incsumerrors);
      COUNT(inerrors);
      goto drop;
    }

  type = IOB_DATA(pkt)[ICMP_TYPE];
  if (type == ICMPT_ECHO)
    {
      echo(pkt, rx);
      return;
    }

  count_input(type);
  if (type == ICMPT_ECHOREPLY)
    {
      ping_input(pkt, rx);
      return;
    }

  if (type == ICMPT_UNREACH || type == ICMPT_TIMXCEED ||
      type == ICMPT_PARAMPROB)
    {
      error_input(pkt, rx);
    }

drop:
  iob_free_chain(pkt);
}

int icmp_initialize(void)
{
  unsigned int i;

  bucket_fill(&g_all, GLOBAL_BURST * GLOBAL_COST);
  for (i = 0; i < NHOSTS; i++)
    {
      bucket_fill(&g_host[i], HOST_BURST * HOST_COST);
    }

  return 0;
}

void icmp_finalize(void)
{
}
