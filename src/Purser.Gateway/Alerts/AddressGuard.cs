using System.Net;
using System.Net.Sockets;

namespace Purser.Gateway.Alerts;

/// <summary>
/// Which addresses a webhook may be sent to. A webhook's URL comes from a configuration, but its host name's addresses come from
/// whoever runs its DNS: without this check they could make the gateway call machines that only it can reach.
/// </summary>
internal static class AddressGuard
{
    // Even a webhook in a private network isn't at these: credentials of cloud machines are read here.
    private static readonly (IPNetwork Network, string What)[] Never =
    [
        (IPNetwork.Parse("169.254.0.0/16"), "link-local"),
        (IPNetwork.Parse("168.63.129.16/32"), "a cloud's own"),
        (IPNetwork.Parse("fd00:ec2::254/128"), "a cloud's own"),
        (IPNetwork.Parse("224.0.0.0/4"), "multicast"),
        (IPNetwork.Parse("255.255.255.255/32"), "broadcast"),
        (IPNetwork.Parse("ff00::/8"), "multicast"),
    ];

    private static readonly (IPNetwork Network, string What)[] NotPublic =
    [
        (IPNetwork.Parse("0.0.0.0/8"), "unspecified"),
        (IPNetwork.Parse("10.0.0.0/8"), "private"),
        (IPNetwork.Parse("100.64.0.0/10"), "shared by a carrier"),
        (IPNetwork.Parse("127.0.0.0/8"), "loopback"),
        (IPNetwork.Parse("172.16.0.0/12"), "private"),
        (IPNetwork.Parse("192.0.0.0/24"), "reserved"),
        (IPNetwork.Parse("192.0.2.0/24"), "for documentation"),
        (IPNetwork.Parse("192.88.99.0/24"), "a 6to4 relay"),
        (IPNetwork.Parse("192.168.0.0/16"), "private"),
        (IPNetwork.Parse("198.18.0.0/15"), "for benchmarks"),
        (IPNetwork.Parse("198.51.100.0/24"), "for documentation"),
        (IPNetwork.Parse("203.0.113.0/24"), "for documentation"),
        (IPNetwork.Parse("240.0.0.0/4"), "reserved"),
        (IPNetwork.Parse("::/128"), "unspecified"),
        (IPNetwork.Parse("::1/128"), "loopback"),
        (IPNetwork.Parse("64:ff9b:1::/48"), "a local translation (NAT64)"),
        (IPNetwork.Parse("fc00::/7"), "private (unique local)"),
        (IPNetwork.Parse("fe80::/10"), "link-local"),
        (IPNetwork.Parse("fec0::/10"), "site-local"),
        (IPNetwork.Parse("2001::/23"), "a tunnel or reserved (Teredo, ORCHID)"),
        (IPNetwork.Parse("2001:db8::/32"), "for documentation"),
        (IPNetwork.Parse("2002::/16"), "a tunnel (6to4)"),
        (IPNetwork.Parse("3fff::/20"), "for documentation"),
    ];

    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork Translated = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");

    /// <summary>Why an address is refused, as in "it's …"; or null where it isn't.</summary>
    /// <param name="address">Any address.</param>
    /// <param name="allowPrivate">Whether the webhook may be in a private network or on this machine.</param>
    public static string? Refusal(IPAddress address, bool allowPrivate)
    {
        if (Embedded(address) is { } inner && Refusal(inner, allowPrivate) is { } what)
        {
            return $"{what}, inside IPv6";
        }

        if (Find(Never, address) is { } never)
        {
            return never;
        }

        if (allowPrivate)
        {
            return null;
        }

        if (Find(NotPublic, address) is { } notPublic)
        {
            return notPublic;
        }

        // IPv6 is taken the other way round: what isn't known to be public is refused.
        return
            address.AddressFamily == AddressFamily.InterNetworkV6
            && !address.IsIPv4MappedToIPv6
            && !Translated.Contains(address)
            && !GlobalUnicast.Contains(address)
            ? "reserved"
            : null;
    }

    /// <summary>The IPv4 address that an IPv6 address stands for, where it does.</summary>
    private static IPAddress? Embedded(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return null;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        var bytes = address.GetAddressBytes();
        var isatap = bytes.AsSpan(8, 4) is [0 or 2, 0, 0x5e, 0xfe];
        var compatible = bytes.AsSpan(0, 12).IndexOfAnyExcept((byte)0) < 0 && bytes[12] != 0;
        return Translated.Contains(address) || isatap || compatible ? new IPAddress(bytes.AsSpan(12))
            : SixToFour.Contains(address) ? new IPAddress(bytes.AsSpan(2, 4))
            : null;
    }

    private static string? Find((IPNetwork Network, string What)[] networks, IPAddress address)
    {
        foreach (var (network, what) in networks)
        {
            if (network.Contains(address))
            {
                return what;
            }
        }

        return null;
    }
}
