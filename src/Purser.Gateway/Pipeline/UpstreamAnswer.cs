using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Purser.Gateway.Configuration;
using Purser.Gateway.Credentials;
using Purser.Providers;

namespace Purser.Gateway.Pipeline;

/// <summary>What is the same for every call of a provider: what of its answer reaches the client, and what a failure means.</summary>
internal static class UpstreamAnswer
{
    /// <summary>The answer's body. A provider that repeats the credential that it was sent must not tell it to the client.</summary>
    public static async Task<Stream> BodyAsync(
        HttpResponseMessage answer,
        UpstreamCredential credential,
        CancellationToken cancellationToken
    ) => credential.Mask.Over(await answer.Content.ReadAsStreamAsync(cancellationToken));

    /// <summary>Copies the headers that go to the client, without the credential.</summary>
    public static void CopyHeaders(HttpResponseMessage from, HttpResponse to, UpstreamCredential credential)
    {
        var connection = from.Headers.NonValidated.TryGetValues("Connection", out var named) ? named.ToString() : "";
        Copy(from.Headers.NonValidated, connection, to, credential.Mask);
        Copy(from.Content.Headers.NonValidated, connection, to, credential.Mask);
    }

    /// <summary>Whether a failure proves that no byte of the request left.</summary>
    public static bool NeverSent(Exception exception) =>
        exception
            is HttpRequestException
                {
                    HttpRequestError: HttpRequestError.NameResolutionError
                        or HttpRequestError.ConnectionError
                        or HttpRequestError.SecureConnectionError,
                }
                or OperationCanceledException { InnerException: TimeoutException };

    /// <summary>The refusal where nothing was sent.</summary>
    public static Refusal Unreachable(ProviderOptions provider) =>
        new(
            StatusCodes.Status502BadGateway,
            "provider_unreachable",
            $"The provider {provider.Name} can't be reached; nothing was sent and nothing is charged."
        )
        {
            RetryHelps = true,
        };

    /// <summary>The refusal where a provider was silent for too long.</summary>
    public static Refusal TimedOut(ProviderOptions provider) =>
        new(
            StatusCodes.Status504GatewayTimeout,
            "provider_timeout",
            $"The provider {provider.Name} was silent for {provider.Timeout.TotalSeconds:0} seconds."
        );

    /// <summary>The refusal where a call took as long as its price lets it take.</summary>
    public static Refusal OverLimit(string model, TimeSpan limit) =>
        new(
            StatusCodes.Status504GatewayTimeout,
            "provider_timeout",
            $"A request to '{model}' may take {limit.TotalSeconds:0} seconds (max_seconds in its price file), and this one was cut off then."
        );

    private static void Copy(HttpHeadersNonValidated from, string connection, HttpResponse to, SecretMask mask)
    {
        foreach (var (name, values) in from)
        {
            if (HeaderRules.ForwardResponseHeader(name) && !HeaderRules.IsNamedByConnection(connection, name))
            {
                to.Headers[name] = values.Count == 1 ? mask.Apply(values.ToString()) : values.Select(mask.Apply).ToArray();
            }
        }
    }
}
