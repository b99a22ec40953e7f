using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Purser.Gateway.Configuration;
using Purser.Gateway.Credentials;
using Purser.Gateway.Pipeline.Resilience;
using Purser.Providers;

namespace Purser.Gateway.Pipeline;

/// <summary>What is the same for every call of a provider: what of its answer reaches the client, and what a failure means.</summary>
internal static class UpstreamAnswer
{
    /// <summary>Why an answer ends where it's too large for memory, and the disk doesn't take it.</summary>
    public const string NoRoom = "The gateway's disk has no room for the provider's answer.";

    /// <summary>The answer's body. A provider that repeats the credential that it was sent must not tell it to the client.</summary>
    public static Stream Body(HttpResponseMessage answer, UpstreamCredential credential) =>
        credential.Mask.Over(answer.Content.ReadAsStream());

    /// <summary>Takes what the answer's headers say of its usage.</summary>
    public static void ReadHeaders(HttpResponseMessage answer, WireFormat format, UsageReading reading) =>
        format.Upstream.ReadHeaders(
            name => answer.Headers.NonValidated.TryGetValues(name, out var values) && values.Count == 1 ? values.ToString() : null,
            reading
        );

    /// <summary>Puts the headers of an answer that was written anew; where there is no format, it wasn't.</summary>
    public static void WriteOwnHeaders(HttpResponse to, WireFormat? format, int status)
    {
        if (format is not null)
        {
            to.ContentType = "application/json";
            WriteErrorHeaders(to, format, status);
        }
    }

    /// <summary>Puts the headers that an error has in the client's format.</summary>
    public static void WriteErrorHeaders(HttpResponse to, WireFormat format, int status)
    {
        foreach (var (name, value) in status >= StatusCodes.Status400BadRequest ? format.ErrorHeaders(status) : [])
        {
            to.Headers[name] = value;
        }
    }

    /// <summary>Copies the headers that go to the client, without the credential.</summary>
    public static void CopyHeaders(HttpResponseMessage from, HttpResponse to, UpstreamCredential credential)
    {
        var connection = from.Headers.NonValidated.TryGetValues("Connection", out var named) ? named.ToString() : "";
        Copy(from.Headers.NonValidated, connection, to, credential.Mask);
        Copy(from.Content.Headers.NonValidated, connection, to, credential.Mask);
    }

    /// <summary>Writes a whole body, in pieces: the server copies a piece at once, and waits for the client between two.</summary>
    public static async Task WriteAsync(HttpResponse to, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        const int piece = 64 * 1024;
        while (body.Length > piece)
        {
            await to.Body.WriteAsync(body[..piece], cancellationToken);
            body = body[piece..];
        }

        await to.Body.WriteAsync(body, cancellationToken);
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

    /// <summary>The refusal where an answer isn't of the format that it was to be translated from.</summary>
    public static Refusal Unreadable(ProviderOptions provider) =>
        new(
            StatusCodes.Status502BadGateway,
            "provider_answer_broken",
            $"The answer of the provider {provider.Name} can't be translated into this format."
        );

    /// <summary>The refusal where there is nothing to tell a provider who calls with.</summary>
    public static Refusal NoCredential(ProviderOptions provider) =>
        new(
            StatusCodes.Status502BadGateway,
            "provider_credential_missing",
            $"There is no token for the provider {provider.Name}, so nothing was sent and nothing is charged. Ask the operator: its account's keys, "
                + "its application, or the machine's own identity can't be used; the gateway's log says why."
        );

    /// <summary>The refusal where a provider was silent for too long.</summary>
    public static Refusal TimedOut(ProviderOptions provider) =>
        new(StatusCodes.Status504GatewayTimeout, "provider_timeout", Silent(provider));

    /// <summary>The refusal where a deadline passed.</summary>
    /// <param name="provider">The provider that was called.</param>
    /// <param name="deadline">Which.</param>
    /// <param name="model">The model that was called.</param>
    /// <param name="limit">How long its price lets a request take, where that is why.</param>
    public static Refusal TooLate(ProviderOptions provider, Deadline deadline, string model, TimeSpan? limit) =>
        new(
            StatusCodes.Status504GatewayTimeout,
            "provider_timeout",
            deadline switch
            {
                Deadline.Silence => Silent(provider),
                Deadline.Price =>
                    $"A request to '{model}' may take {limit!.Value.TotalSeconds:0} seconds (max_seconds in its price file), and this one was cut off then.",
                Deadline.FirstToken => $"The provider {provider.Name} didn't begin its answer in time (first_token_timeout_seconds).",
                Deadline.Attempt => $"The answer of the provider {provider.Name} took too long (attempt_timeout_seconds).",
                _ => "No provider began an answer in time (total_timeout_seconds).",
            }
        );

    /// <summary>Some servers leave the usage out; their answer is an answer all the same, and is charged on the safe side.</summary>
    public static bool IsJsonObject(ReadOnlySpan<byte> body)
    {
        try
        {
            var json = new Utf8JsonReader(body);
            return json.Read() && json.TokenType == JsonTokenType.StartObject && json.TrySkip() && !json.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Silent(ProviderOptions provider) =>
        $"The provider {provider.Name} was silent for {provider.Timeout.TotalSeconds:0} seconds.";

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
