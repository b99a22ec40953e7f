using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Pipeline;

/// <summary>Finds the virtual key that a request carries, wherever its client puts it.</summary>
internal sealed class Authenticator(LedgerStore store, TimeProvider clock, bool enabled)
{
    /// <summary>Where the key is, if the header that clients usually have it in is used for something else.</summary>
    public const string KeyHeader = "x-purser-key";

    private const string Bearer = "Bearer ";

    /// <summary>
    /// The valid key, or null: unknown, wrong, disabled, expired and malformed keys look the same, and take the same time.
    /// </summary>
    public VirtualKey? Authenticate(HttpRequest request)
    {
        if (!enabled)
        {
            return store.Control.Keys[0];
        }

        if (
            (Read(request.Headers) ?? InQuery(request)) is not { } credential
            || !Credential.TrySplit(credential, out var id, out var secret)
        )
        {
            Credential.Matches("", null);
            return null;
        }

        var key = store.Control.FindKey(id);
        var matches = Credential.Matches(secret, key?.SecretHash);
        return matches && !key!.Disabled && !(key.ExpiresAt <= clock.GetUtcNow()) ? key : null;
    }

    /// <summary>A key as it is now; null where it isn't in force any more.</summary>
    public VirtualKey? StillInForce(VirtualKey key) =>
        !enabled ? key
        : store.Control.FindKey(key.Id) is { Disabled: false } current && !(current.ExpiresAt <= clock.GetUtcNow()) ? current
        : null;

    /// <summary>Whether a key's caller may use a subscription of its own.</summary>
    public bool AllowsSubscription(VirtualKey key) => store.Control.Subscriptions.Allow(key.Subject);

    /// <summary>Whether a request carries the administrator's key.</summary>
    public bool IsAdministrator(IHeaderDictionary headers)
    {
        if (Read(headers) is not { } credential || !Credential.TrySplit(credential, out var id, out var secret))
        {
            return false;
        }

        var admin = store.Control.AdminKey;
        return Credential.Matches(secret, admin?.Id == id ? admin.SecretHash : null);
    }

    /// <summary>Purser's own header goes before the others. OpenAI's clients send a bearer token, Anthropic's <c>x-api-key</c>, Google's <c>x-goog-api-key</c>, Azure's <c>api-key</c>.</summary>
    private static string? Read(IHeaderDictionary headers)
    {
        if (Single(headers[KeyHeader]) is { } own)
        {
            return own;
        }

        if (Single(headers.Authorization) is { } authorization)
        {
            // Coding agents can have both set; the bearer is what a person configured for the gateway.
            return authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? authorization[Bearer.Length..].Trim() : null;
        }

        return Single(headers["x-api-key"]) ?? Single(headers["x-goog-api-key"]) ?? Single(headers["api-key"]);
    }

    /// <summary>Google's older clients send <c>?key=</c>; it never goes on.</summary>
    private static string? InQuery(HttpRequest request) => request.QueryString.HasValue ? Single(request.Query["key"]) : null;

    private static string? Single(StringValues values) => values is [{ Length: > 0 } value] ? value : null;
}
