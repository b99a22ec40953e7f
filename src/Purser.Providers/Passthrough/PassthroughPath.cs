using System.Buffers;

namespace Purser.Providers.Passthrough;

/// <summary>
/// A path below a provider, taken from the request's own bytes. Only what every reader takes for the same path passes: letters, digits and
/// <c>- . _ ~ : @</c>, in segments that aren't empty, don't end in a dot, and aren't <c>.</c> or <c>..</c>. Nothing is unescaped.
/// </summary>
public static class PassthroughPath
{
    private const int Longest = 2048;

    private static readonly SearchValues<char> Plain = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:@"
    );

    /// <summary>
    /// What no credential of the organization's may be used for by a caller: a provider's administration, and things that it keeps for the account,
    /// which other callers have made.
    /// </summary>
    private static readonly string[] Closed =
    [
        // Administration.
        "admin",
        "admins",
        "administration",
        "api-key",
        "api-keys",
        "api_key",
        "api_keys",
        "apikeys",
        "keys",
        "key",
        "credits",
        "audit-logs",
        "audit_logs",
        "billing",
        "certificates",
        "check-api-key",
        "costs",
        "dashboard",
        "account",
        "accounts",
        "groups",
        "iam",
        "invites",
        "me",
        "members",
        "memberships",
        "org",
        "organization",
        "organizations",
        "permissions",
        "policies",
        "projects",
        "rate_limits",
        "roles",
        "secrets",
        "service_accounts",
        "settings",
        "subscriptions",
        "teams",
        "tenants",
        "usage",
        "usage_report",
        "cost_report",
        "user",
        "users",
        "workspaces",
        // Kept things.
        "agents",
        "assistants",
        "async-invoke",
        "batch",
        "batches",
        "cachedcontents",
        "checkpoints",
        "client_secrets",
        "connectors",
        "containers",
        "conversations",
        "corpora",
        "datasets",
        "embed-jobs",
        "environments",
        "evals",
        "filesearchstores",
        "files",
        "fine-tunes",
        "fine_tunes",
        "fine_tuning",
        "fine-tuning",
        "finetuning",
        "generatedfiles",
        "jobs",
        "libraries",
        "memory",
        "memory_stores",
        "operations",
        "realtime",
        "responses",
        "sessions",
        "skills",
        "threads",
        "tunedmodels",
        "tuning",
        "tuningjobs",
        "upload",
        "uploads",
        "vaults",
        "vector_stores",
        "videos",
        "webhooks",
    ];

    private static readonly HashSet<string> ClosedNames = new(Closed, StringComparer.OrdinalIgnoreCase);

    /// <summary>Splits a request's target.</summary>
    /// <param name="target">The target as it came over the wire, with its query.</param>
    /// <param name="prefix">What it has to begin with, a slash at its end.</param>
    /// <param name="provider">The segment behind that.</param>
    /// <param name="path">The rest, with a slash at its beginning and without the query.</param>
    /// <returns>False where the path isn't plain.</returns>
    public static bool TrySplit(string target, string prefix, out string provider, out string path)
    {
        (provider, path) = ("", "");
        var end = target.IndexOf('?', StringComparison.Ordinal);
        var whole = end < 0 ? target : target[..end];
        if (whole.Length > Longest || !whole.StartsWith(prefix, StringComparison.Ordinal))
        {
            return false;
        }
        var segments = whole[prefix.Length..].Split('/');
        if (segments.Length < 2 || !segments.All(IsPlain))
        {
            return false;
        }
        provider = segments[0];
        path = whole[(prefix.Length + provider.Length)..];
        return true;
    }

    /// <summary>The first part of a path that no caller may reach, whatever a list of routes says; null where there is none.</summary>
    /// <param name="path">A path, or a route's template.</param>
    public static string? FindClosed(string path) =>
        path.Split('/')
            .SelectMany(segment => segment.Split(':').Prepend(segment))
            .FirstOrDefault(part => ClosedNames.Contains(part) || ClosedNames.Contains(part.Replace('_', '-')));

    /// <summary>Whether a text is one segment of a plain path.</summary>
    public static bool IsPlain(string segment) =>
        segment.Length > 0 && !segment.AsSpan().ContainsAnyExcept(Plain) && segment[^1] != '.' && segment is not ("." or "..");
}
