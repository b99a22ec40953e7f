using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using Purser.Providers.Bodies;

namespace Purser.Cli.Tests.Quoting;

/// <summary>Bytes that are given to a reader, determined by their number: noise, or one of the vectors with a few changes.</summary>
/// <param name="Provider">The provider.</param>
/// <param name="Api">The api.</param>
/// <param name="Model">The model that was asked for, or null.</param>
/// <param name="Bytes">The bytes.</param>
/// <param name="Sizes">How long the chunks of a stream are, in turn.</param>
/// <param name="Line">A line of the command's input with the same changes.</param>
internal sealed record FuzzCase(string Provider, string Api, string? Model, byte[] Bytes, int[] Sizes, byte[] Line)
{
    private static readonly (string Provider, string Api)[] Apis =
    [
        .. BodyReaders.Known.Select(known => (known.Provider.Replace("*", "nebius", StringComparison.Ordinal), known.Api)),
    ];

    private static readonly string?[] Models =
    [
        null,
        "m",
        "plain",
        "gratis",
        "meta.llama-m",
        "amazon.titan-m",
        "amazon.nova-m",
        "anthropic.claude-m",
        "mistral.m",
        "sonar-deep-research-m",
        "gemini-2-test",
    ];

    private static readonly string[] Odd =
    [
        "0",
        "-1",
        "-0",
        "1e3",
        "1.0",
        "0.5",
        "1e400",
        "-1e400",
        "1e-400",
        "999999999999",
        "9223372036854775807",
        "9223372036854775808",
        "99999999999999999999999999999999999999",
        "0.00000000000000000000000000000000000001",
        "null",
        "true",
        "\"9\"",
        "\"\\ud800\"",
        "{}",
        "[]",
        "[[{}]]",
        "{\"text_tokens\":5}",
    ];

    private static readonly Gen<byte[]> Noise = Gen.Frequency(
        (1, Gen.Byte.Array[0, 200]),
        (
            1,
            Gen.Int[0, Odd.Length + 9]
                .Array[0, 60]
                .Select(indexes =>
                    Encoding.UTF8.GetBytes(
                        string.Concat(
                            indexes.Select(index => index < Odd.Length ? Odd[index] : "{}[]\":,\n d"[index - Odd.Length].ToString())
                        )
                    )
                )
        )
    );

    private static readonly Gen<(int Kind, int At, int Other)> Change = Gen.Select(
        Gen.Int[0, 9],
        Gen.Int[0, 1_000_000],
        Gen.Int[0, 1_000_000]
    );

    private static readonly Gen<FuzzCase> All =
        from number in Gen.Int[0, UsageVectors.All.Count - 1]
        from api in Gen.Int[0, (3 * Apis.Length) - 1]
        from model in Gen.Int[0, (3 * Models.Length) - 1]
        from changes in Change.Array[0, 4]
        from isNoise in Gen.Int[0, 7]
        from noise in Noise
        from sizes in Gen.Int[1, 40].Array[1, 5]
        select Make(UsageVectors.All[number].Vector, api, model, isNoise == 0 ? noise : null, changes, sizes);

    /// <summary>The case of a number.</summary>
    public static FuzzCase Of(long number) => All.Generate(new PCG(1, unchecked((ulong)number * 0x9E3779B97F4A7C15)), null, out _);

    /// <summary>The case in words, for whoever has to find out.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Provider} {Api} {Model ?? "(no model)"}, chunks of {string.Join(',', Sizes)}: {Convert.ToBase64String(Bytes)}"
        );

    private static FuzzCase Make(UsageVector vector, int api, int model, byte[]? noise, (int, int, int)[] changes, int[] sizes)
    {
        var (provider, name) = api < Apis.Length ? Apis[api] : (vector.Line["provider"], vector.Line["api"]);
        var asked = model < Models.Length ? Models[model] : vector.Model;
        return new FuzzCase(provider, name, asked, noise ?? Changed(vector, changes), sizes, Changed(vector.ToLine(), changes));
    }

    // Frames change within, with checksums that are right, or as bytes.
    private static byte[] Changed(UsageVector vector, (int Kind, int At, int Other)[] changes)
    {
        if (vector.Frames is { } frames && changes.Length > 0 && changes[0].Kind % 2 == 0)
        {
            return
            [
                .. frames.SelectMany(frame =>
                    new EventFrame
                    {
                        Event = frame.Event,
                        Exception = frame.Exception,
                        Chunk = frame.Chunk is null ? null : Text(Changed(Encoding.UTF8.GetBytes(frame.Chunk), changes)),
                        Payload = Text(Changed(Encoding.UTF8.GetBytes(frame.Payload), changes)),
                    }.ToBytes()
                ),
            ];
        }
        return Changed(vector.StreamBytes() ?? Encoding.UTF8.GetBytes(vector.Usage ?? "{}"), changes);
    }

    private static byte[] Changed(byte[] bytes, (int Kind, int At, int Other)[] changes) => changes.Aggregate(bytes, Changed);

    private static byte[] Changed(byte[] bytes, (int Kind, int At, int Other) change)
    {
        if (bytes.Length == 0)
        {
            return bytes;
        }
        var at = change.At % bytes.Length;
        var end = Math.Min(bytes.Length, at + 1 + (change.Other % 40));
        switch (change.Kind)
        {
            case 0:
                byte[] flipped = [.. bytes];
                flipped[at] ^= (byte)(1 << (change.Other % 8));
                return flipped;
            case 1:
                return bytes[..at];
            case 2:
                return [.. bytes[..at], .. bytes[end..]];
            case 3:
                return [.. bytes[..end], .. bytes[at..]];
            case 4:
                return [.. bytes[..at], (byte)change.Other, .. bytes[at..]];
            case 5:
                return [.. bytes[..at], .. Nested(change.Other % 2000), .. bytes[at..]];
            default:
                return WithOtherNumber(bytes, change.At, Odd[change.Other % Odd.Length]);
        }
    }

    private static byte[] Nested(int depth) => [.. Enumerable.Repeat((byte)'[', depth), .. Enumerable.Repeat((byte)']', depth)];

    private static string Text(byte[] bytes) => Encoding.Latin1.GetString(bytes);

    private static byte[] WithOtherNumber(byte[] bytes, int which, string odd)
    {
        var text = Encoding.Latin1.GetString(bytes);
        var numbers = Regex.Matches(text, "(?<=[:,\\[])([0-9][0-9.]*|null|\\{\\}|\"[a-z0-9_]*\")(?=[,}\\]])");
        if (numbers.Count == 0)
        {
            return bytes;
        }
        var number = numbers[which % numbers.Count];
        return Encoding.Latin1.GetBytes(string.Concat(text.AsSpan(0, number.Index), odd, text.AsSpan(number.Index + number.Length)));
    }
}
