using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Purser.Providers.Translation;

/// <summary>
/// One wire format, read into the canonical model and written from it, as the format of a client and of a provider. Bytes in, bytes out: ids and
/// instants come in as arguments. Whatever the bytes are, nothing is thrown. Instances are stateless and shared (<see cref="FormatTranslators"/>).
/// </summary>
public abstract class FormatTranslator
{
    private static readonly JsonDocumentOptions RequestJson = new() { MaxDepth = RequestScan.MaxDepth };
    private static readonly JsonDocumentOptions ResponseJson = new() { MaxDepth = 256 };

    private protected FormatTranslator() { }

    /// <summary>The format's name: <c>chat</c>, <c>responses</c>, <c>messages</c>, <c>gemini</c>, <c>converse</c> or <c>ollama</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The media type of its streams.</summary>
    public virtual string StreamMediaType => "text/event-stream";

    /// <summary>Reads a client's request.</summary>
    /// <param name="body">The whole body, without content encoding. It must not change as long as the request is in use.</param>
    /// <param name="path">What the URL says.</param>
    /// <returns>The request, or a fault with a code of <see cref="RequestFaults"/> or the name of a rule.</returns>
    public RequestRead ReadRequest(ReadOnlyMemory<byte> body, PathFacts path = default)
    {
        var reading = new RequestReading(Name);
        if (!Utf8.IsValid(body.Span))
        {
            reading.Refuse(RequestFaults.InvalidUnicode, "The body is not valid UTF-8.");
            return reading.Result(null);
        }
        try
        {
            var root = JsonDocument.Parse(body, RequestJson).RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                reading.Refuse(RequestFaults.NotAnObject, "The body must be a JSON object.");
                return reading.Result(null);
            }
            if (!JsonReading.EscapesArePaired(body.Span))
            {
                reading.Refuse(RequestFaults.InvalidUnicode, "A string in the body has half of a surrogate pair.");
                return reading.Result(null);
            }
            var request = ReadRequest(root, path, reading) with { Format = Name, Extras = reading.Extras };
            if (reading.Fault is null)
            {
                request.ReadFrom(body, ModelInBody.Find(body.Span));
            }
            return reading.Result(request);
        }
        catch (JsonException exception)
        {
            reading.Refuse(
                RequestFaults.InvalidJson,
                $"The body is not valid JSON, or nested more than {RequestScan.MaxDepth} deep (line {exception.LineNumber + 1})."
            );
        }
        return reading.Result(null);
    }

    /// <summary>
    /// Writes a request for a provider. One that was read from the same format and not changed since is the client's own bytes, but for the model.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="target">Where it goes.</param>
    /// <param name="output">Takes the body; of a request that is refused, nothing.</param>
    public RequestWritten WriteRequest(CanonicalRequest request, TranslationTarget target, IBufferWriter<byte> output)
    {
        var notes = new RuleNotes();
        if (request.Format == Name && request.Untouched is { } body && target.Limit(request.MaxOutputTokens) == request.MaxOutputTokens)
        {
            ModelInBody.Write(body.Span, request.ModelPlace, target.Model, output);
            return new RequestWritten(null, notes);
        }
        var names = new ToolNames(this, request, notes);
        var whole = new ArrayBufferWriter<byte>(Math.Max(1024, request.Untouched?.Length ?? 0));
        using (var writer = new Utf8JsonWriter(whole, Json))
        {
            WriteRequest(writer, new RequestWriting(request, target, names, notes));
        }
        if (request.Format != Name)
        {
            NoteExtras(request, notes);
        }
        if (notes.Refusal is { } rule)
        {
            var message = $"The request can't be sent to a provider of the format '{Name}'. {rule.What}";
            return new RequestWritten(new RequestFault(rule.Name, message, notes.RefusedMember), notes);
        }
        output.Write(whole.WrittenSpan);
        return new RequestWritten(null, notes, names.ClientNames);
    }

    /// <summary>Reads a provider's whole answer.</summary>
    /// <param name="body">The answer's body, decoded. It must not change as long as the answer is in use.</param>
    /// <param name="context">The request that is answered, and what the answer doesn't say.</param>
    public ResponseRead ReadResponse(ReadOnlyMemory<byte> body, AnswerContext context)
    {
        if (!Utf8.IsValid(body.Span))
        {
            return new ResponseRead(null, "the answer is not UTF-8");
        }
        try
        {
            var root = JsonDocument.Parse(body, ResponseJson).RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                return new ResponseRead(null, "the answer is no JSON object");
            }
            if (!JsonReading.EscapesArePaired(body.Span))
            {
                return new ResponseRead(null, "a string in the answer has half of a surrogate pair");
            }
            var response = ReadResponse(root, body.Span, context) with { Format = Name };
            if (response.Choices.Count == 0)
            {
                return new ResponseRead(null, "the answer has no content");
            }
            response.ReadFrom(body);
            return new ResponseRead(response, null);
        }
        catch (JsonException)
        {
            return new ResponseRead(null, "the answer is no JSON");
        }
    }

    /// <summary>Writes an answer for a client.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="context">What the answer doesn't say.</param>
    /// <param name="output">Takes the body.</param>
    /// <returns>The rules that were applied.</returns>
    public RuleNotes WriteResponse(CanonicalResponse response, AnswerContext context, IBufferWriter<byte> output)
    {
        var notes = new RuleNotes();
        if (response.Format == Name && response.Untouched is { } body)
        {
            output.Write(body.Span);
            return notes;
        }
        using var writer = new Utf8JsonWriter(output, Json);
        WriteResponse(writer, response, context, notes);
        return notes;
    }

    /// <summary>Makes the reader of one stream of a provider.</summary>
    /// <param name="context">The request that is answered, and what the stream doesn't say.</param>
    public abstract CanonicalStreamReader CreateStreamReader(AnswerContext context);

    /// <summary>Makes the writer of one stream for a client.</summary>
    /// <param name="context">The request that is answered, and what the stream doesn't say.</param>
    public abstract CanonicalStreamWriter CreateStreamWriter(AnswerContext context);

    /// <summary>Reads the body of a provider's answer with an error status. What can't be read makes an error that says the status.</summary>
    /// <param name="status">The HTTP status, 400 to 599.</param>
    /// <param name="body">The body; may be anything.</param>
    public WireError ReadError(int status, ReadOnlySpan<byte> body)
    {
        try
        {
            return ErrorBody.TryRead(body, out var root) ? ReadError(status, root) : ErrorBody.Unreadable(status);
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair in one of its texts.
            return ErrorBody.Unreadable(status);
        }
    }

    /// <summary>Writes an error for a client.</summary>
    /// <param name="error">What went wrong.</param>
    /// <param name="output">Takes the body.</param>
    /// <returns>The HTTP status for the client, where its format has no name for the error's own.</returns>
    public abstract int WriteError(in WireError error, IBufferWriter<byte> output);

    /// <summary>Whether a tool's name is one that a provider of this format takes.</summary>
    internal virtual bool TakesToolName(string name) => ToolNames.IsPlain(name, ToolNames.UsualLength);

    private static void NoteExtras(CanonicalRequest request, RuleNotes notes)
    {
        if (request.StoredState is { } member)
        {
            notes.Refuse(TranslationRules.RefuseStoredState, member);
        }
        notes.NoteIf(request.KeepMember is not null, TranslationRules.DropStore);
        foreach (var (name, _) in request.Extras)
        {
            if (name != request.StoredState && name != request.KeepMember)
            {
                notes.Unknown(name);
            }
        }
    }

    /// <summary>Text stays readable: the bodies are JSON, never HTML.</summary>
    private protected static JsonWriterOptions Json { get; } =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 512 };

    /// <summary>Reads a request's object. Faults go to the reading; <c>Format</c> and <c>Extras</c> are filled in afterwards.</summary>
    private protected abstract CanonicalRequest ReadRequest(JsonElement root, PathFacts path, RequestReading reading);

    /// <summary>Reads the object of an error's body.</summary>
    private protected abstract WireError ReadError(int status, JsonElement root);

    /// <summary>Writes a request's object. What is refused is noted, and what was written then doesn't matter.</summary>
    private protected abstract void WriteRequest(Utf8JsonWriter writer, RequestWriting writing);

    /// <summary>Reads an answer's object; without choices it's taken for no answer.</summary>
    private protected abstract CanonicalResponse ReadResponse(JsonElement root, ReadOnlySpan<byte> body, AnswerContext context);

    /// <summary>Writes an answer's object.</summary>
    private protected abstract void WriteResponse(
        Utf8JsonWriter writer,
        CanonicalResponse response,
        AnswerContext context,
        RuleNotes notes
    );
}
