namespace Purser.Providers.Translation;

/// <summary>Every rule of translation: <c>docs/translation.md</c> has the same list.</summary>
public static class TranslationRules
{
    private static readonly List<TranslationRule> Known = [];

    /// <summary>All rules, in the order in which they are written down.</summary>
    public static IReadOnlyList<TranslationRule> All => Known;

    // What is refused.

    /// <summary>Several answers.</summary>
    public static readonly TranslationRule RefuseChoices = New(
        "refuse:n",
        "The provider's format gives one answer; the client asks for more."
    );

    /// <summary>Sound.</summary>
    public static readonly TranslationRule RefuseAudioInput = New("refuse:audio_input", "The provider's format takes no sound.");

    /// <summary>Spoken answers.</summary>
    public static readonly TranslationRule RefuseAudioOutput = New(
        "refuse:audio_output",
        "A spoken answer or an image as the answer can't be translated: ask for text."
    );

    /// <summary>Moving images.</summary>
    public static readonly TranslationRule RefuseVideoInput = New("refuse:video_input", "The provider's format takes no video.");

    /// <summary>Images.</summary>
    public static readonly TranslationRule RefuseImageInput = New(
        "refuse:image_input",
        "The provider's format takes no image of this kind, or not at this place."
    );

    /// <summary>Documents.</summary>
    public static readonly TranslationRule RefuseDocumentInput = New(
        "refuse:document_input",
        "The provider's format takes no document of this kind, or not at this place."
    );

    /// <summary>Media by their URL.</summary>
    public static readonly TranslationRule RefuseMediaUrl = New(
        "refuse:media_url",
        "The provider's format takes this medium in the body alone, not by its URL. Purser fetches nothing by itself."
    );

    /// <summary>Uploaded files.</summary>
    public static readonly TranslationRule RefuseFileId = New(
        "refuse:file_id",
        "A file that was uploaded to one provider is unknown to another."
    );

    /// <summary>Stored conversations.</summary>
    public static readonly TranslationRule RefuseStoredState = New(
        "refuse:stored_state",
        "Something that is stored at another provider (`previous_response_id`, `conversation`, `prompt`, `thread`, `cachedContent`): send it whole."
    );

    /// <summary>Tools in the old form.</summary>
    public static readonly TranslationRule RefuseFunctions = New(
        "refuse:functions",
        "`functions` and `function_call` are the old form of `tools` and `tool_choice`, and aren't translated."
    );

    /// <summary>A forced tool that isn't there.</summary>
    public static readonly TranslationRule RefuseToolChoice = New(
        "refuse:tool_choice",
        "The model must call a tool that the provider's format doesn't have, or that isn't among the tools."
    );

    // What is sent otherwise.

    /// <summary>A limit where one must be.</summary>
    public static readonly TranslationRule AddMaxTokens = New(
        "add:max_tokens",
        "The provider's format needs an output limit and the client gave none: the route's default is sent."
    );

    /// <summary>Documents alone.</summary>
    public static readonly TranslationRule AddDocumentText = New(
        "add:document_text",
        "A turn has documents alone, and the provider wants a text with them: `(document)` is sent."
    );

    /// <summary>Signatures.</summary>
    public static readonly TranslationRule AddThoughtSignature = New(
        "add:thought_signature",
        "Gemini wants its signature with each call of the conversation; calls of another model get the mark that Google has for them."
    );

    /// <summary>The temperature.</summary>
    public static readonly TranslationRule ChangeTemperature = New(
        "change:temperature",
        "The temperature is above the provider's highest, which is sent instead."
    );

    /// <summary>System prompts in the middle.</summary>
    public static readonly TranslationRule ChangeSystemPosition = New(
        "change:system_position",
        "A system prompt within the conversation goes to the prompts before it: the provider's format has them there alone."
    );

    /// <summary>System prompts alone.</summary>
    public static readonly TranslationRule ChangeSystemAsUser = New(
        "change:system_as_user",
        "The conversation has system prompts alone: the last is sent as the user's, as the provider needs one."
    );

    /// <summary>Developer prompts.</summary>
    public static readonly TranslationRule ChangeDeveloperRole = New(
        "change:developer_role",
        "A developer's prompt is sent as a system prompt."
    );

    /// <summary>Speakers' names.</summary>
    public static readonly TranslationRule DropName = New("drop:name", "The name of a message's speaker is left out.");

    /// <summary>The start of an answer.</summary>
    public static readonly TranslationRule ChangePrefill = New(
        "change:prefill",
        "The conversation ends with the beginning of an answer: it's sent as a turn, and the answer may not go on from it."
    );

    /// <summary>Arguments that aren't an object.</summary>
    public static readonly TranslationRule ChangeToolArguments = New(
        "change:tool_arguments",
        "A tool call in the conversation has arguments that are no JSON object: they are sent as `{\"arguments\": \"…\"}`."
    );

    /// <summary>Failed tools.</summary>
    public static readonly TranslationRule ChangeToolError = New(
        "change:tool_error",
        "The provider's format can't say that a tool failed: its result begins with `[error] `."
    );

    /// <summary>Media in results.</summary>
    public static readonly TranslationRule ChangeToolResultMedia = New(
        "change:tool_result_media",
        "Images and documents in a tool's result follow the results, in a message of the user."
    );

    /// <summary>Call ids.</summary>
    public static readonly TranslationRule ChangeToolId = New(
        "change:tool_id",
        "The id of a tool call is too long, or has characters that the provider doesn't take: call and result get a hash of it."
    );

    /// <summary>Tool names.</summary>
    public static readonly TranslationRule ChangeToolName = New(
        "change:tool_name",
        "A tool's name is too long, or has characters that the provider doesn't take: it's shortened, and given back whole in the answer."
    );

    /// <summary>Freeform tools.</summary>
    public static readonly TranslationRule ChangeFreeformTool = New(
        "change:freeform_tool",
        "A tool that takes plain text is sent as a function with one text, `input`; a grammar goes into its description."
    );

    /// <summary>Choices among some tools.</summary>
    public static readonly TranslationRule ChangeAllowedTools = New(
        "change:allowed_tools",
        "The model may call some of the tools: only these are sent."
    );

    /// <summary>Strict schemas.</summary>
    public static readonly TranslationRule ChangeJsonSchemaStrict = New(
        "change:json_schema_strict",
        "The schema isn't one that the provider can keep to the letter (every member required, no others allowed): it's sent as a wish."
    );

    /// <summary>Budgets and efforts.</summary>
    public static readonly TranslationRule ChangeReasoning = New(
        "change:reasoning",
        "An effort is sent as a token budget, a budget as an effort, or an effort as the nearest that the provider has."
    );

    /// <summary>Documents as text.</summary>
    public static readonly TranslationRule ChangeDocumentText = New(
        "change:document_text",
        "A document that is text is sent as text, with its title before it."
    );

    // What is left out.

    /// <summary>Reasoning.</summary>
    public static readonly TranslationRule DropReasoning = New(
        "drop:reasoning",
        "The model isn't asked to reason: it can't, or its format forbids it here (a forced tool, a small output limit, a turn whose signed reasoning isn't there)."
    );

    /// <summary>No reasoning.</summary>
    public static readonly TranslationRule DropReasoningOff = New(
        "drop:reasoning_off",
        "That the model shall not reason can't be said: it does as it does by itself."
    );

    /// <summary>Reasoning in the conversation.</summary>
    public static readonly TranslationRule DropReasoningContent = New(
        "drop:reasoning_content",
        "Reasoning in the conversation is left out: another provider signed it, or nobody did, or the format has no place for it."
    );

    /// <summary>Summaries.</summary>
    public static readonly TranslationRule DropReasoningSummary = New(
        "drop:reasoning_summary",
        "How much of the reasoning to show can't be chosen."
    );

    /// <summary>Temperature and the like where the model reasons.</summary>
    public static readonly TranslationRule DropSampling = New(
        "drop:sampling",
        "`temperature`, `top_p` or `top_k` is left out: models that reason don't take it, or not both of the first two."
    );

    /// <summary>top_k.</summary>
    public static readonly TranslationRule DropTopK = New("drop:top_k", "The provider's format has no `top_k`.");

    /// <summary>Penalties.</summary>
    public static readonly TranslationRule DropPenalties = New(
        "drop:penalties",
        "The provider's format has no frequency or presence penalty."
    );

    /// <summary>The seed.</summary>
    public static readonly TranslationRule DropSeed = New("drop:seed", "The provider's format has no seed.");

    /// <summary>Blank stop sequences.</summary>
    public static readonly TranslationRule DropStopSequence = New(
        "drop:stop_sequence",
        "The provider takes no stop sequence that is blank, or not so many, or none."
    );

    /// <summary>Log probabilities.</summary>
    public static readonly TranslationRule DropLogProbs = New("drop:logprobs", "The provider's format gives no log probabilities.");

    /// <summary>Wordiness.</summary>
    public static readonly TranslationRule DropVerbosity = New("drop:verbosity", "The provider's format has no `verbosity`.");

    /// <summary>JSON without a schema.</summary>
    public static readonly TranslationRule DropJsonObject = New(
        "drop:json_object",
        "The provider's format has JSON by a schema alone: that the answer is JSON is up to the prompt."
    );

    /// <summary>JSON schemas.</summary>
    public static readonly TranslationRule DropJsonSchema = New(
        "drop:json_schema",
        "The provider's format has no JSON schema for answers."
    );

    /// <summary>Keywords of schemas.</summary>
    public static readonly TranslationRule DropSchemaKeywords = New(
        "drop:schema_keywords",
        "The provider's older models take a part of JSON schemas: other keywords (`additionalProperties`, `$ref`, `allOf`) are left out."
    );

    /// <summary>Names of schemas.</summary>
    public static readonly TranslationRule DropSchemaName = New(
        "drop:schema_name",
        "The name and the description of the answer's schema are left out."
    );

    /// <summary>Strict tools.</summary>
    public static readonly TranslationRule DropToolStrict = New(
        "drop:tool_strict",
        "A tool can't be strict in the provider's format, or for this model."
    );

    /// <summary>Parallel calls.</summary>
    public static readonly TranslationRule DropParallelToolCalls = New(
        "drop:parallel_tool_calls",
        "The provider's format can't forbid several tool calls at once."
    );

    /// <summary>Choice of tools.</summary>
    public static readonly TranslationRule DropToolChoice = New(
        "drop:tool_choice",
        "The provider's format can't say which tools the model may or must call."
    );

    /// <summary>Vendors' tools.</summary>
    public static readonly TranslationRule DropVendorTool = New(
        "drop:vendor_tool",
        "A tool that the provider of the client's format runs or defines (web search, bash, computer) is unknown elsewhere."
    );

    /// <summary>Vendors' content.</summary>
    public static readonly TranslationRule DropVendorContent = New(
        "drop:vendor_content",
        "Content that only one format knows is left out: calls and results of its vendor's tools, and types newer than Purser."
    );

    /// <summary>Citations.</summary>
    public static readonly TranslationRule DropCitations = New("drop:citations", "Citations, and the wish for them, are left out.");

    /// <summary>Image detail.</summary>
    public static readonly TranslationRule DropImageDetail = New("drop:image_detail", "How closely to look at an image can't be chosen.");

    /// <summary>Cache marks.</summary>
    public static readonly TranslationRule DropCacheControl = New(
        "drop:cache_control",
        "The provider caches prompts by itself, or not at all: marks in the prompt are left out."
    );

    /// <summary>Cache keys.</summary>
    public static readonly TranslationRule DropCacheKey = New(
        "drop:prompt_cache_key",
        "The provider's format has no key for its prompt cache."
    );

    /// <summary>Service tiers.</summary>
    public static readonly TranslationRule DropServiceTier = New("drop:service_tier", "The provider has no such service tier.");

    /// <summary>Users.</summary>
    public static readonly TranslationRule DropUser = New(
        "drop:user",
        "The caller's name of the person is left out: the format has no place for it, or it's longer than 64 characters."
    );

    /// <summary>Metadata.</summary>
    public static readonly TranslationRule DropMetadata = New("drop:metadata", "The caller's labels of the request are left out.");

    /// <summary>Storing.</summary>
    public static readonly TranslationRule DropStore = New("drop:store", "The provider doesn't keep answers.");

    /// <summary>Other choices of an answer.</summary>
    public static readonly TranslationRule DropChoices = New(
        "drop:choices",
        "The answer has several choices: the client's format has the first alone."
    );

    /// <summary>Members that Purser doesn't know; the member's name follows.</summary>
    public const string UnknownPrefix = "drop:unknown.";

    private static TranslationRule New(string name, string what)
    {
        var rule = new TranslationRule(name, what);
        Known.Add(rule);
        return rule;
    }
}
