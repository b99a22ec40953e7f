using System.Net;

namespace Purser.Providers.Context;

/// <summary>
/// What a repository is called in records: <c>github.com/acme/search</c>, however its client wrote it (<c>https://…​.git</c>,
/// <c>git@github.com:acme/search.git</c>, <c>ssh://…</c>). One repository has one name, and none has a credential, a query or a local path in it.
/// </summary>
public static class RepositoryName
{
    private const string Marks = "-._~/%+:[]";

    private static readonly string[] Schemes = ["https://", "http://", "ssh://", "git://", "git+ssh://", "git+https://"];

    /// <summary>The name of a repository; null where the text is no remote one's, or has characters that no address has.</summary>
    /// <param name="text">A URL, git's short form, or the name itself; of any length.</param>
    public static string? Of(string? text)
    {
        if (text is null || text.Length > 4 * ClientHints.MaxLength)
        {
            return null;
        }
        var rest = text.AsSpan().Trim();
        var scheme = Array.Find(Schemes, known => text.AsSpan().Trim().StartsWith(known, StringComparison.OrdinalIgnoreCase));
        rest = rest[(scheme?.Length ?? 0)..];
        if (scheme is null && rest.Contains("://", StringComparison.Ordinal))
        {
            // file://, or something unknown: a path on somebody's machine names a person as often as a repository.
            return null;
        }
        rest = rest[..EndOfPath(rest)];
        // A name or a token before the host; "@" can be in it too. Behind the host there's none in a repository's address.
        rest = rest[(rest.LastIndexOf('@') + 1)..];
        var slash = rest.IndexOf('/');
        var colon = rest.IndexOf(':');
        // Digits alone are a port.
        if (
            scheme is null
            && rest is not ['[', ..]
            && colon > 1
            && (slash < 0 || (colon < slash && rest[(colon + 1)..slash].ContainsAnyExceptInRange('0', '9')))
        )
        {
            return Named(rest[..colon], rest[(colon + 1)..].TrimStart('/'));
        }
        return slash <= 0 ? null : Named(rest[..slash], rest[(slash + 1)..]);
    }

    private static int EndOfPath(ReadOnlySpan<char> rest) => rest.IndexOfAny('?', '#') is >= 0 and var end ? end : rest.Length;

    private static string? Named(ReadOnlySpan<char> host, ReadOnlySpan<char> path)
    {
        path = path.Trim('/');
        path = path.EndsWith(".git", StringComparison.OrdinalIgnoreCase) ? path[..^4] : path;
        if (!IsHost(host) || path.Length == 0 || host.Length + path.Length >= ClientHints.MaxLength)
        {
            return null;
        }
        var name = $"{host.ToString().ToLowerInvariant()}/{path}";
        return name.All(character => char.IsAsciiLetterOrDigit(character) || Marks.Contains(character, StringComparison.Ordinal))
            ? name
            : null;
    }

    // A host with or without a port. What else could stand there: a drive (c:), a home (~me), half of a credential, one with its "@" escaped.
    private static bool IsHost(ReadOnlySpan<char> host)
    {
        var port = host is [.., ']'] ? -1 : host.LastIndexOf(':');
        if (port >= 0 && (port == host.Length - 1 || host[(port + 1)..].ContainsAnyExceptInRange('0', '9')))
        {
            return false;
        }
        host = port < 0 ? host : host[..port];
        if (host is ['[', .., ']'])
        {
            return IPAddress.TryParse(host[1..^1], out _);
        }
        foreach (var character in host)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('-' or '.' or '_'))
            {
                return false;
            }
        }
        return host.ContainsAnyExcept('.');
    }
}
