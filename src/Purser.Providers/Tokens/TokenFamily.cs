using System.Globalization;

namespace Purser.Providers.Tokens;

/// <summary>
/// How tokenizers of one family turn the features of a text into tokens: weights that were fitted to a corpus. Vendors publish few
/// tokenizers; a model of which none is known is estimated by the nearest one that is, and its error is what a tokenizer
/// that wasn't fitted to has.
/// </summary>
internal sealed class TokenFamily
{
    // The mean of all families, and the error that each of them has by the mean of the others. See tests/vectors/tokens.
    private static readonly TokenFamily Generic = Fitted(
        "generic",
        0.43,
        "0.46 0.326 0.084 0.341 1.093 0.608 1.469 0.299 0.433 0.081 0.444 0.184 0.7 0.045 1.391 "
            + "0.712 0.313 0.733 0.522 0.757 1.027 0.762 0.575 1.387 0.708 0.889 0.974 1.196 1.989"
    );

    private static readonly TokenFamily O200k = Fitted(
        "o200k_base",
        0.16,
        "0.525 0.29 0.054 0.194 1.082 0.655 1.41 0.121 0.461 0.069 0.403 0.147 0.647 0.079 1.043 "
            + "0.311 0.202 0.34 0.244 0.233 0.315 0.449 0.546 1.567 0.643 0.839 0.751 1.367 1.419"
    );

    private static readonly TokenFamily Cl100k = Fitted(
        "cl100k_base",
        0.16,
        "0.506 0.304 0.042 0.36 1.262 0.481 1.527 0.104 0.456 0.076 0.372 0.222 0.635 0.028 1.755 "
            + "0.979 0.437 1.077 0.723 1.087 1.416 1.003 0.387 1.391 0.95 1.231 1.184 1.65 2.351"
    );

    private static readonly TokenFamily Claude2 = Fitted(
        "claude2",
        0.19,
        "0.475 0.322 0.098 0.452 1.169 0.625 1.51 0.104 0.196 0.056 0.751 0.222 0.595 0.057 2.116 "
            + "1.241 0.518 0.978 0.957 1.239 2.008 1.788 0.563 1.288 0.909 1.15 1.362 1.197 2.721"
    );

    private static readonly TokenFamily DeepSeek = Fitted(
        "deepseek",
        0.15,
        "0.464 0.308 0 0.363 1.169 0.535 1.663 0.033 0.46 0.047 0.526 0.195 0.669 0.117 1.468 "
            + "0.441 0.242 0.434 0.319 0.551 0.453 0.389 0.292 1.63 0.592 0.546 0.827 1.603 1.908"
    );

    private static readonly TokenFamily Gemma = Fitted(
        "gemma",
        0.13,
        "0.507 0.365 0 0.171 0.807 0.629 1.174 0.684 0.785 0.125 0.374 0.105 0.898 0 0.931 "
            + "0.327 0.188 0.446 0.282 0.175 0.198 0.363 0.641 1.133 0.381 0.695 0.713 0.716 1.432"
    );

    private static readonly TokenFamily Llama2 = Fitted(
        "llama2",
        0.16,
        "0.405 0.354 0.258 0.366 1.185 0.636 1.555 0.572 0.319 0.126 0.676 0.178 0.773 0.061 1.872 "
            + "1.102 0.367 1.124 0.967 1.197 1.224 1.044 0.275 1.234 1.053 1.189 1.382 1.812 2.496"
    );

    private static readonly TokenFamily Llama3 = Fitted(
        "llama3",
        0.19,
        "0.679 0.146 0.028 0.47 1.235 0.697 1.332 0.122 0.214 0.092 0.323 0.198 0.786 0.007 0.746 "
            + "0.313 0.203 1.036 0.295 0.465 1.386 0.479 1.019 1.243 0.546 0.838 0.769 1.226 2.229"
    );

    private static readonly TokenFamily Qwen = Fitted(
        "qwen",
        0.18,
        "0.118 0.521 0.195 0.354 0.831 0.605 1.579 0.655 0.571 0.056 0.125 0.207 0.6 0.01 1.195 "
            + "0.983 0.348 0.431 0.386 1.109 1.213 0.578 0.873 1.613 0.586 0.627 0.806 0 1.353"
    );

    // Anthropic: the tokenizer since Opus 4.7 and Sonnet 5 makes about 30 % more tokens of the same text.
    private static readonly TokenFamily Claude = Claude2.Like("claude", 1);
    private static readonly TokenFamily NewerClaude = Claude2.Like("claude (newer)", 1.3);
    private static readonly TokenFamily LikeO200k = O200k.Like("gpt", 1);
    private static readonly TokenFamily LikeGemma = Gemma.Like("gemini", 1);
    private static readonly TokenFamily LikeDeepSeek = DeepSeek.Like("deepseek (newer)", 1);
    private static readonly TokenFamily LikeLlama = Llama3.Like("llama", 1);
    private static readonly TokenFamily LikeQwen = Qwen.Like("qwen (other)", 1);

    // The first of these that a model's name contains, without regard to case, is its family.
    private static readonly (string Part, TokenFamily Family)[] Names =
    [
        ("claude-2", Claude2),
        ("claude-instant", Claude2),
        ("claude-3", Claude),
        ("claude-haiku-4", Claude),
        ("claude-sonnet-4", Claude),
        ("claude-opus-4-7", NewerClaude),
        ("claude-opus-4-8", NewerClaude),
        ("claude-opus-4-9", NewerClaude),
        ("claude-opus-4", Claude),
        ("claude", NewerClaude),
        ("deepseek-v3", DeepSeek),
        ("deepseek-r1", DeepSeek),
        ("deepseek", LikeDeepSeek),
        ("gemma", Gemma),
        ("gemini", LikeGemma),
        ("llama-2", Llama2),
        ("llama2", Llama2),
        ("llama-3", Llama3),
        ("llama3", Llama3),
        ("llama", LikeLlama),
        ("qwen3", Qwen),
        ("qwen", LikeQwen),
        ("gpt", LikeO200k),
    ];

    private readonly double[] weights;
    private readonly double factor;

    private TokenFamily(string name, double error, double[] weights, double factor)
    {
        Name = name;
        Error = error;
        this.weights = weights;
        this.factor = factor;
    }

    /// <summary>The family's name.</summary>
    public string Name { get; }

    /// <summary>The relative error that nine of ten texts of the corpus stay below, which were not fitted to.</summary>
    public double Error { get; }

    /// <summary>Whether these are Anthropic's.</summary>
    public bool IsClaude => Name.StartsWith("claude", StringComparison.Ordinal);

    /// <summary>The families that were fitted to a real tokenizer.</summary>
    public static IReadOnlyList<TokenFamily> Measured => [O200k, Cl100k, Claude2, DeepSeek, Gemma, Llama2, Llama3, Qwen];

    /// <summary>What is taken for models of which nothing is known.</summary>
    public static TokenFamily Unknown => Generic;

    /// <summary>The family of a model.</summary>
    /// <param name="model">The model name that the provider knows.</param>
    public static TokenFamily Of(string model)
    {
        if (TiktokenEncoding.OfText(model) is { } encoding)
        {
            return encoding.Name == O200k.Name ? O200k : Cl100k;
        }
        foreach (var (part, family) in Names)
        {
            if (model.Contains(part, StringComparison.OrdinalIgnoreCase))
            {
                return family;
            }
        }
        return Generic;
    }

    /// <summary>The tokens of texts of this shape, not rounded, ≥ 0.</summary>
    public double Tokens(in TextShape shape)
    {
        double tokens = 0;
        for (var index = 0; index < weights.Length; index++)
        {
            tokens += weights[index] * shape[(TextFeature)index];
        }
        return tokens * factor;
    }

    private static TokenFamily Fitted(string name, double error, string weights) =>
        new(name, error, [.. weights.Split(' ').Select(weight => double.Parse(weight, CultureInfo.InvariantCulture))], 1);

    // The nearest that is known to one that isn't.
    private TokenFamily Like(string name, double times) => new(name, Generic.Error, weights, times);
}
