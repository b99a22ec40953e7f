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
    private const int Part = 64 << 10;

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
            var url = batches.FileUrl(provider.Options.BaseUrl.OriginalString, file);
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
    /// <param name="stopping">Stops it.</param>
    public async Task<(BatchPlan? Plan, Refusal? Refusal)> FromBodyAsync(
        Stream body,
        Func<ReadOnlyMemory<byte>, (BatchPlan Plan, Refusal? Refusal)> begin,
        CancellationToken stopping
    )
    {
        var scan = new MessageBatchScan();
        var plan = default(BatchPlan);
        using var window = new PooledBuffer(Part);
        var (start, isLast, total) = (0, false, 0L);
        while (true)
        {
            var step = scan.Next(window.Span[start..], isLast, out var consumed, out var found);
            switch (step)
            {
                case ScanStep.Request:
                    var request = window.Written.Slice(start + found.Offset, found.Length);
                    Refusal? refusal;
                    if (plan is null)
                    {
                        (plan, refusal) = begin(request);
                    }
                    else
                    {
                        refusal = plan.Add(request);
                    }

                    if ((refusal ?? TooMuch(BatchFormat.Anthropic, plan.Lines, total)) is { } refused)
                    {
                        return (null, refused);
                    }

                    break;
                case ScanStep.End:
                    return plan is null ? (null, Empty) : (plan, null);
                case ScanStep.Fault:
                    return (null, NoBatch);
            }

            start += consumed;
            if (step == ScanStep.More)
            {
                window.Forget(start);
                start = 0;
                if (window.Length > longest)
                {
                    return (null, Refusal.TooLarge(longest));
                }

                // Looked at anew once it has grown a good deal, so that a large request isn't gone through again for each packet.
                for (var enough = Math.Max(1, window.Length * 2); !isLast && window.Length < enough; )
                {
                    var read = await body.ReadAsync(window.GetMemory(Part), stopping);
                    window.Advance(read);
                    (isLast, total) = (read == 0, total + read);
                }
            }
        }
    }

    private static Refusal Empty => Refusal.BadRequest("invalid_batch", "The batch has no requests.");

    private static Refusal NoBatch =>
        Refusal.BadRequest("invalid_batch", "The body must be a JSON object with one member 'requests', an array of objects.");

    /// <summary>There is no such file of the caller's.</summary>
    public static Refusal NoFile(string file) =>
        new(StatusCodes.Status404NotFound, "file_not_found", $"No such File object: {file}");

    private static Refusal? TooMuch(BatchFormat batches, long requests, long bytes) =>
        requests > batches.MostRequests
            ? Refusal.BadRequest("invalid_batch", $"A batch has at most {batches.MostRequests} requests.")
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
