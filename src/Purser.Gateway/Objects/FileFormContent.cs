using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Purser.Gateway.Pipeline;

namespace Purser.Gateway.Objects;

/// <summary>
/// A form with a file, passed on as it comes, byte for byte and in constant memory. It's read on its way: what isn't allowed breaks it off before its last
/// bytes have left, so that the provider never has it whole.
/// </summary>
/// <param name="request">The client's request.</param>
/// <param name="boundary">The form's boundary.</param>
/// <param name="isAnthropic">Whether it's a form of Anthropic's, which has no purpose.</param>
internal sealed class FileFormContent(HttpRequest request, string boundary, bool isAnthropic) : HttpContent
{
    /// <summary>The largest file, in bytes, and the largest that vendors take.</summary>
    public const long LargestFile = 512L << 20;

    /// <summary>The largest form: the file, and room for the rest of it.</summary>
    public const long LargestForm = LargestFile + (1 << 20);

    private const int LongestField = 1024;
    private const int ReadSize = 64 << 10;

    private static readonly string[] Purposes = ["assistants", "batch", "evals", "fine-tune", "user_data", "vision"];
    private static readonly string[] MoreFields = ["expires_after[anchor]", "expires_after[seconds]"];

    private bool isSent;

    /// <summary>Why it was broken off; null where it wasn't.</summary>
    public Refusal? Refusal { get; private set; }

    /// <summary>Is told when all of it has been sent.</summary>
    public Action? Sent { get; set; }

    /// <summary>The form of a request, or why it's none.</summary>
    public static (FileFormContent? Form, Refusal? Refusal) Of(HttpRequest request, bool isAnthropic)
    {
        if (
            !MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            || HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 and <= 70 } boundary
        )
        {
            return (
                null,
                Refusal.BadRequest("invalid_form", "A file is sent as a form: Content-Type multipart/form-data, with a boundary.")
            );
        }

        return request.ContentLength > LargestForm ? (null, TooLarge) : (new FileFormContent(request, boundary, isAnthropic), null);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        if (isSent)
        {
            throw new IOException("The connection broke while the file was sent; what has been read of it can't be sent again.");
        }

        isSent = true;
        using var passing = new PassingStream(request.Body, stream, LargestForm);
        try
        {
            if (await ReadAsync(passing, cancellationToken) is { } refusal)
            {
                Refusal = refusal;
                throw new IOException(refusal.Message);
            }
        }
        catch (Exception exception)
            when (exception is InvalidDataException or BadHttpRequestException
                || (passing.IsAtEnd && Refusal is null && exception is IOException)
            )
        {
            Refusal = passing.IsTooLarge ? TooLarge : Refusal.BadRequest("invalid_form", "The form is broken, or ends too early.");
            throw new IOException(exception.Message, exception);
        }

        await passing.FinishAsync(cancellationToken);
        Sent?.Invoke();
    }

    protected override bool TryComputeLength(out long length)
    {
        length = request.ContentLength ?? 0;
        return request.ContentLength is not null;
    }

    private static Refusal TooLarge =>
        new(StatusCodes.Status413PayloadTooLarge, "request_too_large", $"A file can have {LargestFile >> 20} MB at most.");

    /// <summary>Reads the form to its end; says what is wrong with it.</summary>
    private async Task<Refusal?> ReadAsync(Stream form, CancellationToken cancellationToken)
    {
        var reader = new MultipartReader(boundary, form, ReadSize);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (await reader.ReadNextSectionAsync(cancellationToken) is { } section)
        {
            var disposition = section.GetContentDispositionHeader();
            var name = HeaderUtilities.RemoveQuotes(disposition?.Name ?? default).Value ?? "";
            var isFile = disposition?.IsFileDisposition() == true;
            if (!IsKnown(name) || isFile != (name == "file"))
            {
                return Refusal.BadRequest("invalid_form", $"The form's part '{Shown(name)}' isn't one that a file is sent with.");
            }

            if (!seen.Add(name))
            {
                return Refusal.BadRequest("invalid_form", $"The form has two parts '{name}'.");
            }

            if (isFile)
            {
                await section.Body.CopyToAsync(Stream.Null, cancellationToken);
            }
            else if (await FieldAsync(section.Body, cancellationToken) is not { } text || (name == "purpose" && !Purposes.Contains(text)))
            {
                return Refusal.BadRequest(
                    "invalid_purpose",
                    $"'{name}' isn't one that is served. The purposes are: {string.Join(", ", Purposes)}."
                );
            }
        }

        var missing =
            !seen.Contains("file") ? "file"
            : !isAnthropic && !seen.Contains("purpose") ? "purpose"
            : null;
        return missing is null ? null : Refusal.BadRequest("invalid_form", $"The form has no part '{missing}'.");
    }

    private bool IsKnown(string name) => name == "file" || (!isAnthropic && (name == "purpose" || MoreFields.Contains(name)));

    private static async Task<string?> FieldAsync(Stream body, CancellationToken cancellationToken)
    {
        var field = new byte[LongestField + 1];
        var length = await body.ReadAtLeastAsync(field, field.Length, throwOnEndOfStream: false, cancellationToken);
        return length > LongestField ? null : Encoding.UTF8.GetString(field, 0, length);
    }

    private static string Shown(string name) => name.Length <= 64 ? name : name[..64] + "…";

    /// <summary>What is read of one stream is written to another, one piece later: the last piece waits until it's known to be good.</summary>
    private sealed class PassingStream(Stream from, Stream to, long most) : Stream
    {
        private byte[] held = [];
        private int length;
        private long total;

        public bool IsTooLarge => total > most;

        public bool IsAtEnd { get; private set; }

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => total;
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await from.ReadAsync(buffer, cancellationToken);
            if (read == 0)
            {
                IsAtEnd = true;
                return 0;
            }

            total += read;
            if (IsTooLarge)
            {
                throw new InvalidDataException("The form is too large.");
            }

            await PassOnAsync(cancellationToken);
            if (held.Length < read)
            {
                held = new byte[Math.Max(read, ReadSize)];
            }

            buffer.Span[..read].CopyTo(held);
            length = read;
            return read;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        /// <summary>Writes what is left, the bytes behind the form included.</summary>
        public async Task FinishAsync(CancellationToken cancellationToken)
        {
            await CopyToAsync(Null, cancellationToken);
            await PassOnAsync(cancellationToken);
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        private async Task PassOnAsync(CancellationToken cancellationToken)
        {
            if (length > 0)
            {
                await to.WriteAsync(held.AsMemory(0, length), cancellationToken);
                length = 0;
            }
        }
    }
}
