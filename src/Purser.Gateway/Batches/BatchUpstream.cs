using System.Net;
using Microsoft.AspNetCore.Http;
using Purser.Gateway.Credentials;
using Purser.Gateway.Pipeline;
using Purser.Providers;

namespace Purser.Gateway.Batches;

/// <summary>Calls a provider about a batch: with the credential that the batch belongs to, and what the client said beside, where there is one.</summary>
/// <param name="clock">The clock.</param>
internal sealed class BatchUpstream(TimeProvider clock)
{
    /// <summary>How long a provider may be silent.</summary>
    public Patience PatienceWith(Provider provider, CancellationToken stopping) => new(provider.Options.Timeout, clock, stopping);

    /// <summary>Sends a request. The answer has its headers; its body is still to be read.</summary>
    /// <param name="provider">Where it goes.</param>
    /// <param name="credential">What it's told who calls with.</param>
    /// <param name="method">The method.</param>
    /// <param name="url">The URL.</param>
    /// <param name="client">The client's request, whose headers go with it; null where the gateway asks for itself.</param>
    /// <param name="content">What is sent; null for nothing.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static Task<HttpResponseMessage> SendAsync(
        Provider provider,
        UpstreamCredential credential,
        HttpMethod method,
        string url,
        HttpRequest? client,
        HttpContent? content,
        CancellationToken cancellationToken
    )
    {
        var message = new HttpRequestMessage(method, url)
        {
            Content = content,
            Version = provider.Options.BaseUrl.Scheme == Uri.UriSchemeHttps ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        if (client is not null)
        {
            Copy(client, message);
        }

        message.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        foreach (var (name, value) in provider.Api.DefaultHeaders)
        {
            if (!message.Headers.Contains(name))
            {
                message.Headers.TryAddWithoutValidation(name, value);
            }
        }

        if (credential.Secret.Length > 0)
        {
            provider.Api.AddCredential(credential.Secret, (name, value) => message.Headers.TryAddWithoutValidation(name, value));
        }

        return provider.Invoker.SendAsync(message, cancellationToken);
    }

    private static void Copy(HttpRequest client, HttpRequestMessage message)
    {
        var connection = client.Headers.Connection.ToString();
        foreach (var (name, values) in client.Headers)
        {
            if (!HeaderRules.ForwardRequestHeader(name) || HeaderRules.IsNamedByConnection(connection, name))
            {
                continue;
            }

            if (!name.StartsWith("content-", StringComparison.OrdinalIgnoreCase))
            {
                message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }

        message.Content?.Headers.TryAddWithoutValidation("Content-Type", client.ContentType ?? "application/json");
    }
}

/// <summary>A body that is sent at most once: what may have reached the provider is never silently sent again.</summary>
/// <param name="body">The body.</param>
internal sealed class SentOnce(ReadOnlyMemory<byte> body) : HttpContent
{
    private bool sent;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        if (sent)
        {
            throw new IOException("The connection broke after the batch was sent; it isn't repeated, for it may have been taken.");
        }

        sent = true;
        return stream.WriteAsync(body, cancellationToken).AsTask();
    }

    protected override bool TryComputeLength(out long length)
    {
        length = body.Length;
        return true;
    }
}
