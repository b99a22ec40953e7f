using System.Net;
using Microsoft.AspNetCore.Http;
using Purser.Core.Ledger;
using Purser.Gateway.Credentials;
using Purser.Providers;
using Purser.Providers.Context;

namespace Purser.Gateway.Pipeline;

/// <summary>What is asked of a provider.</summary>
/// <param name="Format">The wire format that it is sent in.</param>
/// <param name="Model">The model name that the provider knows.</param>
/// <param name="Stream">Whether the answer shall be streamed.</param>
/// <param name="IsTranslated">Whether the client spoke another format: what its headers and its query say of that one isn't passed on.</param>
internal readonly record struct UpstreamTarget(WireFormat Format, string Model, bool Stream, bool IsTranslated = false);

/// <summary>Builds what is sent to a provider: the client's request, but for the fields and headers that Purser owns.</summary>
internal static class UpstreamRequest
{
    private const string ClientRequestId = "x-client-request-id";

    /// <param name="exchange">The client's request.</param>
    /// <param name="provider">Where it goes.</param>
    /// <param name="credential">What it's told who calls with.</param>
    /// <param name="target">What is asked of it.</param>
    /// <param name="body">The body to send.</param>
    /// <param name="attempt">The attempt, which the provider is told where the client named none.</param>
    /// <param name="url">Where it is sent; null for where the format's requests are.</param>
    public static HttpRequestMessage Build(
        Exchange exchange,
        Provider provider,
        UpstreamCredential credential,
        UpstreamTarget target,
        ReadOnlyMemory<byte> body,
        AttemptId attempt,
        string? url = null
    )
    {
        url ??= provider.Api.Url(provider.Options.BaseUrl.OriginalString, target.Format, target.Model, target.Stream);
        var client = target.IsTranslated ? "" : HeaderRules.CleanQuery(exchange.Http.Request.QueryString.Value ?? "");
        url = Joined(url, provider.Api.Query(target.Format, target.Stream, client));
        return Build(HttpMethod.Post, url, exchange, provider, credential, body, attempt, target);
    }

    /// <summary>The same for any method and URL.</summary>
    public static HttpRequestMessage Build(
        HttpMethod method,
        string url,
        Exchange exchange,
        Provider provider,
        UpstreamCredential credential,
        ReadOnlyMemory<byte>? body,
        AttemptId attempt,
        UpstreamTarget target = default
    )
    {
        var request = exchange.Http.Request;
        var message = new HttpRequestMessage(method, url)
        {
            Content = body is { } bytes ? new BodyContent(bytes) : null,
            // HTTP/2 where TLS negotiates it: many calls share a connection.
            Version = provider.Options.BaseUrl.Scheme == Uri.UriSchemeHttps ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        var contentType = CopyHeaders(request, message, target.IsTranslated, provider.Options.DropsTraceContext);
        if (!contentType && message.Content is not null)
        {
            message.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        }

        if (!request.Headers.ContainsKey(ClientRequestId))
        {
            // What the provider's logs, its support and the ledger can be matched by.
            message.Headers.TryAddWithoutValidation(ClientRequestId, attempt.ToString());
        }

        foreach (var (name, value) in target.Format?.Headers ?? [])
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        Complete(message, provider, credential, body ?? default);
        return message;
    }

    /// <summary>What is asked about something that lives at a provider: not the client's body, unless it's passed on as it comes.</summary>
    /// <param name="exchange">The client's request.</param>
    /// <param name="provider">Where it goes.</param>
    /// <param name="credential">What it's told who calls with.</param>
    /// <param name="method">The method.</param>
    /// <param name="url">Where it is sent.</param>
    /// <param name="query">The query, with its question mark; may be empty.</param>
    /// <param name="content">What is sent, or null.</param>
    public static HttpRequestMessage About(
        Exchange exchange,
        Provider provider,
        UpstreamCredential credential,
        HttpMethod method,
        string url,
        string query,
        HttpContent? content
    )
    {
        var message = new HttpRequestMessage(method, Joined(url, query))
        {
            Content = content,
            Version = provider.Options.BaseUrl.Scheme == Uri.UriSchemeHttps ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        CopyHeaders(exchange.Http.Request, message, isTranslated: false, provider.Options.DropsTraceContext);
        Complete(message, provider, credential, default);
        return message;
    }

    /// <summary>Adds the headers that the provider needs, and who calls.</summary>
    private static void Complete(HttpRequestMessage message, Provider provider, UpstreamCredential credential, ReadOnlyMemory<byte> body)
    {
        // What is read on its way is read as plain bytes.
        message.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        foreach (var (name, value) in provider.Api.DefaultHeaders)
        {
            if (!message.Headers.Contains(name))
            {
                message.Headers.TryAddWithoutValidation(name, value);
            }
        }

        Identify(message, provider, credential, body);
    }

    /// <summary>Says who calls: what a signature covers can't change after this.</summary>
    private static void Identify(HttpRequestMessage message, Provider provider, UpstreamCredential credential, ReadOnlyMemory<byte> body)
    {
        if (credential.Authorization is { } callers)
        {
            message.Headers.TryAddWithoutValidation("Authorization", callers);
        }
        else if (credential.Aws is { } keys)
        {
            AwsSigner.Sign(message, body.Span, keys, provider.Options.Region!, credential.ReadyAt);
        }
        else if (credential.Secret.Length > 0)
        {
            provider.Api.AddCredential(credential.Secret, (name, value) => message.Headers.TryAddWithoutValidation(name, value));
        }
    }

    /// <summary>A URL with a query, behind one that the URL has itself.</summary>
    private static string Joined(string url, string query) =>
        query.Length > 1 && url.Contains('?', StringComparison.Ordinal) ? $"{url}&{query[1..]}" : url + query;

    /// <summary>Whether any byte of the body can have left; without one, there is nothing that a provider could bill.</summary>
    public static bool WasSent(HttpRequestMessage message) => message.Content is BodyContent { WasSent: true };

    /// <summary>Gives up a body's room early; not while it's still read.</summary>
    public static void Free(PooledBuffer? body, HttpRequestMessage? message)
    {
        if (message?.Content is not BodyContent { Sending.IsCompleted: false })
        {
            body?.Dispose();
        }
    }

    /// <summary>Ends a call. An answer can come before the whole request has left: after this, nothing reads its body any more.</summary>
    public static async ValueTask EndAsync(HttpRequestMessage? message, HttpResponseMessage? response)
    {
        response?.Dispose();
        if (message?.Content is BodyContent { Sending: { } sending })
        {
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        message?.Dispose();
    }

    /// <summary>Copies the client's headers, but for those that end here. Says whether there was a content type.</summary>
    private static bool CopyHeaders(HttpRequest request, HttpRequestMessage message, bool isTranslated, bool dropsTrace)
    {
        var contentType = false;
        var connection = request.Headers.Connection.ToString();
        foreach (var (name, values) in request.Headers)
        {
            if (
                !HeaderRules.ForwardRequestHeader(name)
                || (isTranslated && !HeaderRules.SurvivesTranslation(name))
                || (dropsTrace && HeaderRules.IsTraceContext(name))
                || HeaderRules.IsNamedByConnection(connection, name)
            )
            {
                continue;
            }

            if (name.StartsWith("content-", StringComparison.OrdinalIgnoreCase))
            {
                contentType |=
                    message.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values) == true && name.Length == 12;
            }
            else if (name.Equals("baggage", StringComparison.OrdinalIgnoreCase))
            {
                AddBaggage(message, values);
            }
            else if (values.Count == 1)
            {
                message.Headers.TryAddWithoutValidation(name, values[0]);
            }
            else
            {
                message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }

        return contentType;
    }

    private static void AddBaggage(HttpRequestMessage message, IEnumerable<string?> values)
    {
        foreach (var value in values.Select(value => Baggage.WithoutOwn(value ?? "")).Where(value => value.Length > 0))
        {
            message.Headers.TryAddWithoutValidation("baggage", value);
        }
    }

    /// <summary>The body, sent at most once: a request that may have reached the provider is never silently sent again.</summary>
    private sealed class BodyContent(ReadOnlyMemory<byte> body) : HttpContent
    {
        /// <summary>The sending, once it has begun.</summary>
        public Task? Sending { get; private set; }

        /// <summary>Whether the sending has begun.</summary>
        public bool WasSent { get; private set; }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            if (WasSent)
            {
                throw new IOException("The connection broke after the request was sent; it isn't repeated, for it may have been served.");
            }

            WasSent = true;
            return Sending = stream.WriteAsync(body, cancellationToken).AsTask();
        }

        protected override bool TryComputeLength(out long length)
        {
            length = body.Length;
            return true;
        }
    }
}
