using Microsoft.AspNetCore.Http;
using Purser.Gateway.Credentials;
using Purser.Gateway.Pipeline;
using Purser.Providers.Batches;

namespace Purser.Gateway.Batches;

/// <summary>Tells a client what its provider says of a batch.</summary>
internal static class BatchAnswer
{
    private const string Forwarded = "X-Forwarded-Proto";

    /// <summary>The path of a batch as this gateway's clients see it.</summary>
    /// <param name="http">The client's request.</param>
    /// <param name="id">The batch's id.</param>
    public static string UrlOf(HttpContext http, string id)
    {
        var request = http.Request;
        // Behind a proxy that ends TLS the client's own scheme is another one.
        var scheme = request.Headers[Forwarded] is ["https" or "http"] forwarded ? forwarded[0]! : request.Scheme;
        return $"{scheme}://{request.Host}{request.PathBase}/v1/messages/batches/{Uri.EscapeDataString(id)}";
    }

    /// <summary>Writes an answer: the provider's bytes, but for what stands there for its own URL.</summary>
    /// <param name="http">The client's request.</param>
    /// <param name="response">The provider's answer.</param>
    /// <param name="credential">What it was called with.</param>
    /// <param name="body">The answer's body.</param>
    /// <param name="state">The batch in it; null where there is none.</param>
    /// <param name="requestId">The request's public name.</param>
    /// <param name="costUsd">What the batch cost, where that is known.</param>
    public static async Task WriteAsync(
        HttpContext http,
        HttpResponseMessage response,
        UpstreamCredential credential,
        PooledBuffer body,
        BatchState? state,
        string requestId,
        string? costUsd = null
    )
    {
        http.Response.StatusCode = (int)response.StatusCode;
        UpstreamAnswer.CopyHeaders(response, http.Response, credential);
        http.Response.Headers["x-purser-request-id"] = requestId;
        if (costUsd is not null)
        {
            http.Response.Headers["x-purser-cost-usd"] = costUsd;
        }

        using var changed = new PooledBuffer(body.Length + 256);
        if (state is not null)
        {
            BatchFormat.Write(body.Span, state, UrlOf(http, state.Id), changed);
        }

        var written = state is null ? body.Written : changed.Written;
        http.Response.ContentLength = written.Length;
        await http.Response.Body.WriteAsync(written, http.RequestAborted);
    }
}
