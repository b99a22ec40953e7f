using System.Globalization;

namespace Purser.Core.Ledger;

/// <summary>
/// One attempt at a provider: a request and the number of the try, from 1. It is the identity under which money is reserved and
/// settled exactly once.
/// </summary>
/// <param name="Request">The request's id (a UUID v7, so it sorts by time).</param>
/// <param name="Attempt">1 for the first try, up to 255.</param>
public readonly record struct AttemptId(Guid Request, byte Attempt)
{
    private const string Prefix = "req_";

    /// <summary>The request's public name, <c>req_</c> and 32 hexadecimal digits.</summary>
    public string RequestName => NameOf(Request);

    /// <summary>The public name of a request id.</summary>
    public static string NameOf(Guid request) => Prefix + request.ToString("N", CultureInfo.InvariantCulture);

    /// <summary>Reads a request's public name.</summary>
    public static bool TryParseRequest(string? name, out Guid request)
    {
        request = default;
        return name is not null
            && name.StartsWith(Prefix, StringComparison.Ordinal)
            && Guid.TryParseExact(name.AsSpan(Prefix.Length), "N", out request);
    }

    /// <summary><c>req_….1</c></summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{RequestName}.{Attempt}");
}
