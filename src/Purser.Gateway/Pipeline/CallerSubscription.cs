using Microsoft.AspNetCore.Http;
using Purser.Gateway.Credentials;

namespace Purser.Gateway.Pipeline;

/// <summary>
/// A caller's own subscription at a vendor, as its client sends it in <c>Authorization</c>: Claude Code's token, or Codex's of ChatGPT. The virtual key
/// comes in a header of its own then. It goes to that vendor alone, unchanged, and is kept nowhere.
/// </summary>
internal sealed class CallerSubscription
{
    private const string Bearer = "Bearer ";
    private readonly string api;
    private readonly UpstreamCredential credential;

    private CallerSubscription(string api, string authorization)
    {
        this.api = api;
        credential = new UpstreamCredential(UpstreamCredential.Callers, authorization[Bearer.Length..].Trim())
        {
            Authorization = authorization,
        };
    }

    /// <summary>The subscription that a request carries, or null.</summary>
    public static CallerSubscription? Read(IHeaderDictionary headers)
    {
        if (
            headers[Authenticator.KeyHeader] is not [{ Length: > 0 }]
            || headers.Authorization is not [{ } authorization]
            || !authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
        )
        {
            return null;
        }

        var token = authorization.AsSpan(Bearer.Length).Trim();
        return token.StartsWith("sk-ant-oat", StringComparison.Ordinal) ? new CallerSubscription("anthropic", authorization)
            : token.Count('.') == 2 && headers.ContainsKey("chatgpt-account-id") ? new CallerSubscription("openai", authorization)
            : null;
    }

    /// <summary>What to call a provider with; null where the subscription isn't for it, and the gateway's own credential is used.</summary>
    public UpstreamCredential? For(Provider provider) =>
        provider.Options.Api == api && provider.Options.TakesSubscriptions ? credential : null;
}
