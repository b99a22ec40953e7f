using System.Net;
using Microsoft.AspNetCore.Http;
using Purser.Gateway.Credentials;
using Purser.Gateway.Pipeline;
using Purser.Providers.Batches;

namespace Purser.Gateway.Batches;

/// <summary>Goes through the requests of a batch, one at a time, wherever they are; no more than one of them is in memory.</summary>
/// <param name="upstream">Calls providers.</param>
/// <param name="longest">The longest request, in bytes.</param>
internal sealed class BatchRequests(BatchUpstream upstream, int longest)
{
    /// <summary>Reads those in a file that the provider has, with the credential that it was sent with.</summary>
    public async Task<Refusal?> FromFileAsync(
        Provider provider,
        UpstreamCredential credential,
        string file,
        BatchPlan plan,
        CancellationToken stopping
    )
    {
        var batches = provider.Api.Batches!;
        using var patience = upstream.PatienceWith(provider, stopping);
        try
        {
            var url = batches.FileUrl(provider.Options.BaseUrl.OriginalString, file) + "/content";
            using var response = await BatchUpstream.SendAsync(provider, credential, HttpMethod.Get, url, null, null, patience.Token);
            if (!response.IsSuccessStatusCode)
            {
                return response.StatusCode == HttpStatusCode.NotFound
                    ? NoFile(file)
                    : Unread(provider, file, $"it answers {(int)response.StatusCode}");
            }

            using var lines = new LineReader(await response.Content.ReadAsStreamAsync(patience.Token), longest, patience);
            while (await lines.NextAsync() is { } line)
            {
                if ((TooMuch(batches, plan.Lines + 1, lines.Bytes) ?? plan.Add(line)) is { } refusal)
                {
                    return refusal;
                }
            }

            return plan.Lines == 0 ? Empty : null;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            stopping.ThrowIfCancellationRequested();
            return Unread(provider, file, "the connection broke, or it was silent for too long");
        }
    }

    /// <summary>Reads those in the body of a batch of messages.</summary>
    /// <param name="body">The body.</param>
    /// <param name="begin">Makes the plan, from the first request.</param>
    public static (BatchPlan? Plan, Refusal? Refusal) FromBody(
        ReadOnlyMemory<byte> body,
        Func<ReadOnlyMemory<byte>, (BatchPlan Plan, Refusal? Refusal)> begin
    )
    {
        var (scan, start, plan) = (new MessageBatchScan(), 0, default(BatchPlan));
        while (true)
        {
            var step = scan.Next(body.Span[start..], isLast: true, out var consumed, out var found);
            if (step != ScanStep.Request)
            {
                return step == ScanStep.End ? (plan, plan is null ? Empty : null) : (null, NoBatch);
            }

            var request = body.Slice(start + found.Offset, found.Length);
            start += consumed;
            Refusal? refusal;
            if (plan is null)
            {
                (plan, refusal) = begin(request);
            }
            else
            {
                refusal = plan.Add(request);
            }

            if ((refusal ?? TooMuch(BatchFormat.Anthropic, plan.Lines, 0)) is { } refused)
            {
                return (null, refused);
            }
        }
    }

    private static Refusal Empty => Refusal.BadRequest("invalid_batch", "The batch has no requests.");

    private static Refusal NoBatch =>
        Refusal.BadRequest("invalid_batch", "The body must be a JSON object with one member 'requests', an array of objects.");

    /// <summary>There is no such file of the caller's.</summary>
    public static Refusal NoFile(string file) => new(StatusCodes.Status404NotFound, "file_not_found", $"No such File object: {file}");

    private static Refusal? TooMuch(BatchFormat batches, long requests, long bytes) =>
        requests > batches.MostRequests ? Refusal.BadRequest("invalid_batch", $"A batch has at most {batches.MostRequests} requests.")
        : bytes > batches.MostBytes
            ? new Refusal(StatusCodes.Status413PayloadTooLarge, "request_too_large", $"A batch has at most {batches.MostBytes} bytes.")
        : null;

    private static Refusal Unread(Provider provider, string file, string why) =>
        new(
            StatusCodes.Status502BadGateway,
            "input_file_unreadable",
            $"The provider {provider.Options.Name} doesn't give the file {file} back ({why}), so that what the batch may cost isn't known. Nothing was made."
        )
        {
            RetryHelps = true,
        };
}
