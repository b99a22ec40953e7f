using Microsoft.AspNetCore.Http;
using Purser.Simulator.Http;

namespace Purser.Simulator.Stored;

/// <summary>Serves what providers keep for their clients: files, batches and responses. None of it is recorded or billed but a batch's own requests.</summary>
internal sealed class StoredEndpoint(SimulatorState state, Routes routes, LineRunner runner)
{
    private const int LongestBody = 256 * 1024 * 1024;

    private readonly FilesEndpoint openAIFiles = new(state, state.OpenAIFiles, isAnthropic: false);
    private readonly FilesEndpoint anthropicFiles = new(state, state.AnthropicFiles, isAnthropic: true);
    private readonly BatchesEndpoint batches = new(state, runner);
    private readonly ResponsesEndpoint responses = new(state.Responses);

    /// <summary>Whether a request is about something stored.</summary>
    public static bool Handles(HttpRequest request) =>
        Parts(request) switch
        {
            ["v1", "files" or "batches", ..] => true,
            ["v1", "messages", "batches", ..] => true,
            ["v1", "responses", _, ..] => true,
            _ => false,
        };

    /// <summary>Serves one request.</summary>
    public async Task HandleAsync(ConnectionState connection)
    {
        var request = connection.Http.Request;
        var wire = Parts(request)[1] == "messages" ? routes.Anthropic : routes.Otherwise(request);
        var requestId = state.NewRequestId(wire);
        wire.SetHeaders(connection.Http.Response.Headers, requestId, state.Time.GetUtcNow());
        var answer = wire.CheckHeaders(request) is { } refused ? refused : await AnswerAsync(request, wire);
        if (answer?.Error is not null || answer is null)
        {
            ChatEndpoint.WriteError(
                connection,
                wire,
                answer?.Error ?? wire.UnknownUrl(request.Method, request.Path.Value ?? ""),
                requestId
            );
            return;
        }

        connection.Http.Response.ContentType = answer.ContentType;
        connection.Http.Response.ContentLength = answer.Content!.Length;
        new ResponseSink(connection.Http, isCutOff: false).Write(answer.Content);
    }

    private async Task<StoredAnswer?> AnswerAsync(HttpRequest request, Wire wire)
    {
        var read = request.Method == "POST" ? await RentedBody.ReadAsync(request, LongestBody) : default(RentedBody);
        if (read is null)
        {
            return wire.TooLarge;
        }

        using var rented = read.Value;
        var body = rented.IsNone ? default : rented.Bytes;
        var files = wire.Api == "anthropic" ? anthropicFiles : openAIFiles;
        return (request.Method, Parts(request)) switch
        {
            ("POST", ["v1", "files"]) => files.Upload(request.ContentType, body),
            ("GET", ["v1", "files"]) => files.List(request.Query),
            ("GET", ["v1", "files", var id]) => files.Get(id),
            ("DELETE", ["v1", "files", var id]) => files.Delete(id),
            ("GET", ["v1", "files", var id, "content"]) => files.Content(id),
            ("POST", ["v1", "batches"]) => batches.Create(request, body),
            ("GET", ["v1", "batches"]) => batches.List(request.Query),
            ("GET", ["v1", "batches", var id]) => batches.Get(id),
            ("POST", ["v1", "batches", var id, "cancel"]) => batches.Cancel(id),
            ("POST", ["v1", "messages", "batches"]) => batches.CreateMessages(request, body),
            ("GET", ["v1", "messages", "batches"]) => batches.ListMessages(request.Query),
            ("GET", ["v1", "messages", "batches", var id]) => batches.GetMessages(id),
            ("DELETE", ["v1", "messages", "batches", var id]) => batches.DeleteMessages(id),
            ("POST", ["v1", "messages", "batches", var id, "cancel"]) => batches.CancelMessages(id),
            ("GET", ["v1", "messages", "batches", var id, "results"]) => batches.Results(id),
            ("GET", ["v1", "responses", var id]) => responses.Get(id),
            ("DELETE", ["v1", "responses", var id]) => responses.Delete(id),
            ("GET", ["v1", "responses", var id, "input_items"]) => responses.InputItems(id, request.Query),
            ("POST", ["v1", "responses", var id, "cancel"]) => responses.Cancel(id),
            _ => null,
        };
    }

    private static string[] Parts(HttpRequest request) => (request.Path.Value ?? "").Trim('/').Split('/');
}
