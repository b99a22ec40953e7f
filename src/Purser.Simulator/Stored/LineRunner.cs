using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Purser.Simulator.Http;

namespace Purser.Simulator.Stored;

/// <summary>A request of a batch.</summary>
/// <param name="CustomId">The client's id.</param>
/// <param name="Path">The endpoint that it goes to.</param>
/// <param name="Body">Its body.</param>
internal sealed record BatchLine(string CustomId, string Path, byte[] Body);

/// <summary>What a request of a batch was answered.</summary>
/// <param name="CustomId">The client's id.</param>
/// <param name="Status">The HTTP status; null where no answer came, or the batch was cancelled before.</param>
/// <param name="RequestId">The request's id; empty where no answer came.</param>
/// <param name="Body">The answer; null where none came, or it is no JSON.</param>
internal sealed record BatchResult(string CustomId, int? Status, string RequestId, JsonNode? Body)
{
    /// <summary>Whether it is an answer and no error.</summary>
    public bool Succeeded => Status == 200 && Body is not null;
}

/// <summary>Sends a batch's requests through the simulator itself, without a connection: with its faults, its waits and its record.</summary>
/// <param name="serve">Serves a request.</param>
internal sealed class LineRunner(Func<ConnectionState, Task> serve)
{
    // A request that is never answered doesn't hold up its batch for longer.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    /// <summary>Runs one request.</summary>
    /// <param name="line">The request.</param>
    /// <param name="batch">The batch's id, for the record.</param>
    /// <param name="headers">The headers that the request needs, such as its key.</param>
    /// <param name="stopping">Ends it without an answer.</param>
    public async Task<BatchResult> RunAsync(
        BatchLine line,
        string batch,
        IReadOnlyDictionary<string, string> headers,
        CancellationToken stopping
    )
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        ends.CancelAfter(LongestWait);
        using var body = new MemoryStream(line.Body);
        using var answer = new MemoryStream();
        var responseBody = new StreamResponseBodyFeature(answer);
        var connection = new ConnectionState { Batch = batch };
        connection.Http.Initialize(Features(line, headers, body, responseBody, ends.Token));
        await serve(connection);
        await responseBody.CompleteAsync();

        // What isn't answered has no body, and no status but the default.
        var response = connection.Http.Response;
        return answer.Length == 0
            ? new BatchResult(line.CustomId, null, "", null)
            : new BatchResult(line.CustomId, response.StatusCode, RequestId(response.Headers), Parse(answer.ToArray()));
    }

    private static FeatureCollection Features(
        BatchLine line,
        IReadOnlyDictionary<string, string> headers,
        Stream body,
        StreamResponseBodyFeature responseBody,
        CancellationToken ends
    )
    {
        var features = new FeatureCollection();
        var request = new HttpRequestFeature
        {
            Method = "POST",
            Path = line.Path,
            RawTarget = line.Path,
            Body = body,
        };
        foreach (var (name, value) in headers)
        {
            request.Headers[name] = value;
        }

        request.Headers.ContentType = "application/json";
        request.Headers.ContentLength = line.Body.Length;
        features.Set<IHttpRequestFeature>(request);
        features.Set<IHttpResponseFeature>(new HttpResponseFeature());
        features.Set<IHttpResponseBodyFeature>(responseBody);
        features.Set<IHttpRequestLifetimeFeature>(new HttpRequestLifetimeFeature { RequestAborted = ends });
        return features;
    }

    private static string RequestId(IHeaderDictionary headers)
    {
        var id = headers["x-request-id"].ToString();
        return id.Length > 0 ? id : headers["request-id"].ToString();
    }

    private static JsonNode? Parse(byte[] answer)
    {
        try
        {
            return JsonNode.Parse(answer);
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }
}
