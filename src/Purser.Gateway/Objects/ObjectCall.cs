using Microsoft.AspNetCore.Http;
using Purser.Gateway.Credentials;
using Purser.Gateway.Pipeline;

namespace Purser.Gateway.Objects;

/// <summary>One call about something that lives at a provider. It's made once: a client's own retry repeats it, by what the answer says.</summary>
internal sealed class ObjectCall(Exchange exchange, Provider provider, UpstreamCredential credential, TimeProvider clock) : IDisposable
{
    private const int LargestAnswer = 4 << 20;
    private const int ReadSize = 64 << 10;

    private readonly CancellationTokenSource late = new(Timeout.InfiniteTimeSpan, clock);
    private HttpResponseMessage? response;
    private Stream? body;

    /// <summary>The provider's status; 0 before it has answered.</summary>
    public int Status => (int)(response?.StatusCode ?? 0);

    /// <summary>Whether the provider did what it was asked.</summary>
    public bool Succeeded => response?.IsSuccessStatusCode == true;

    /// <summary>Sends it, and waits for the answer's headers. Says why there is none.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">The path below the provider's base URL, with its ids escaped.</param>
    /// <param name="query">The query, with its question mark; may be empty.</param>
    /// <param name="content">What is sent; null for nothing. A form that is passed on says itself when it's been sent.</param>
    public async Task<Refusal?> SendAsync(HttpMethod method, string path, string query = "", FileFormContent? content = null)
    {
        if (provider.Api.ObjectUrl(provider.Options.BaseUrl.OriginalString, path) is not { } url)
        {
            return new Refusal(501, "not_served", $"The provider '{provider.Options.Name}' keeps nothing that could be asked for.");
        }

        // Nobody's leaving stops what makes a thing: it would live on at the provider with no one to own it.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(
            late.Token,
            content is null ? exchange.Http.RequestAborted : CancellationToken.None
        );
        try
        {
            credential = await provider.WithTokenAsync(credential, stop.Token);
            using var message = UpstreamRequest.About(exchange, provider, credential, method, url, query, content);
            if (content is null)
            {
                late.CancelAfter(provider.Options.Timeout);
            }
            else
            {
                content.Sent = () => late.CancelAfter(provider.Options.Timeout);
            }

            response = await provider.Invoker.SendAsync(message, stop.Token);
            body = UpstreamAnswer.Body(response, credential);
            return null;
        }
        catch (CredentialException)
        {
            return UpstreamAnswer.NoCredential(provider.Options);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            exchange.Http.RequestAborted.ThrowIfCancellationRequested();
            return content?.Refusal
                ?? (
                    UpstreamAnswer.NeverSent(exception) ? UpstreamAnswer.Unreachable(provider.Options)
                    : late.IsCancellationRequested ? UpstreamAnswer.TimedOut(provider.Options)
                    : Broken
                );
        }
    }

    /// <summary>Reads a small answer whole; null where it breaks off or is too large.</summary>
    public async Task<byte[]?> ReadAsync()
    {
        using var answer = new PooledBuffer();
        try
        {
            while (answer.Length <= LargestAnswer)
            {
                late.CancelAfter(provider.Options.Timeout);
                var read = await body!.ReadAsync(answer.GetMemory(1), late.Token);
                if (read == 0)
                {
                    return answer.Written.ToArray();
                }

                answer.Advance(read);
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            // It's no answer.
        }

        return null;
    }

    /// <summary>Passes an answer that was read to the client.</summary>
    public async Task RelayAsync(byte[] answer)
    {
        Begin();
        exchange.Http.Response.ContentLength = answer.Length;
        await exchange.Http.Response.Body.WriteAsync(answer, exchange.Http.RequestAborted);
    }

    /// <summary>Passes the answer to the client as it comes.</summary>
    public async Task RelayAsync()
    {
        Begin();
        var chunk = new byte[ReadSize];
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(late.Token, exchange.Http.RequestAborted);
        try
        {
            while (true)
            {
                late.CancelAfter(provider.Options.Timeout);
                var read = await body!.ReadAsync(chunk, stop.Token);
                // A slow client isn't the provider's silence.
                late.CancelAfter(Timeout.InfiniteTimeSpan);
                if (read == 0)
                {
                    return;
                }

                await exchange.Http.Response.Body.WriteAsync(chunk.AsMemory(0, read), exchange.Http.RequestAborted);
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            // Half of a file isn't taken for the whole.
            exchange.Http.Abort();
        }
    }

    /// <summary>The refusal where the provider's answer isn't what it should be.</summary>
    public Refusal Broken =>
        new(
            StatusCodes.Status502BadGateway,
            "provider_answer_broken",
            $"The connection to the provider {provider.Options.Name} broke, or its answer isn't of its format."
        );

    public void Dispose()
    {
        body?.Dispose();
        response?.Dispose();
        late.Dispose();
    }

    private void Begin()
    {
        var to = exchange.Http.Response;
        to.StatusCode = Status;
        UpstreamAnswer.CopyHeaders(response!, to, credential);
        exchange.WriteHeaders(null, null, null);
    }
}
