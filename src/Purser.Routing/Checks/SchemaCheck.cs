using System.Text.Json;
using System.Text.RegularExpressions;

namespace Purser.Routing.Checks;

/// <summary>
/// Whether a JSON value keeps to a JSON schema, as far as that is certain. Schemas come from clients, and are evaluated in the process that keeps
/// everyone's money: steps and depth are bounded here, which they aren't in the libraries (<c>{"$ref": "#"}</c> overflows their stacks). What isn't known
/// here, or takes too long, is undecided, and no fault.
/// </summary>
public static class SchemaCheck
{
    /// <summary>The most steps that one value takes.</summary>
    private const int MaxSteps = 100_000;

    /// <summary>The keyword that a value certainly breaks; null where it keeps to the schema, or that can't be told.</summary>
    /// <param name="schema">The schema; anything.</param>
    /// <param name="value">The value.</param>
    public static string? Fault(JsonElement schema, JsonElement value)
    {
        var check = new Evaluation(schema);
        try
        {
            return check.Evaluate(schema, value, 0) == Verdict.Broken ? check.Keyword : null;
        }
        catch (Exception odd) when (odd is InvalidOperationException or RegexMatchTimeoutException or FormatException or OverflowException)
        {
            // Half of a surrogate pair in a text, a pattern that takes too long: nobody knows.
            return null;
        }
    }

    private enum Verdict
    {
        Kept,
        Undecided,
        Broken,
    }

    private sealed class Evaluation(JsonElement root)
    {
        private const int MaxDepth = 64;
        private const int MostUnique = 100;
        private const int LongestPattern = 200;

        private int steps;

        /// <summary>The keyword that was found broken last.</summary>
        public string Keyword { get; private set; } = "";

        public Verdict Evaluate(JsonElement schema, JsonElement value, int depth)
        {
            if (++steps > MaxSteps || depth > MaxDepth)
            {
                return Verdict.Undecided;
            }

            if (schema.ValueKind != JsonValueKind.Object)
            {
                return schema.ValueKind switch
                {
                    JsonValueKind.True => Verdict.Kept,
                    JsonValueKind.False => Broken("false"),
                    _ => Verdict.Undecided,
                };
            }

            if (
                value.ValueKind == JsonValueKind.Null
                && schema.TryGetProperty("nullable", out var may)
                && may.ValueKind == JsonValueKind.True
            )
            {
                return Verdict.Kept;
            }

            var verdict = Verdict.Kept;
            foreach (var keyword in schema.EnumerateObject())
            {
                var one = Of(keyword.Name, keyword.Value, schema, value, depth);
                if (one == Verdict.Broken)
                {
                    return one;
                }

                verdict = one == Verdict.Undecided ? one : verdict;
            }

            return verdict;
        }

        private Verdict Of(string name, JsonElement rule, JsonElement schema, JsonElement value, int depth) =>
            name switch
            {
                "$ref" => Reference(rule, value, depth),
                "type" => Type(rule, value),
                "enum" => rule.ValueKind == JsonValueKind.Array ? Enum(rule, value) : Verdict.Undecided,
                "const" => Keep(name, JsonElement.DeepEquals(rule, value)),
                "allOf" => All(rule, value, depth),
                "anyOf" => Count(name, rule, value, depth),
                "oneOf" => Count(name, rule, value, depth),
                "not" => Not(rule, value, depth),
                "if" => Condition(rule, schema, value, depth),
                "then" or "else" => Verdict.Kept,
                "properties"
                or "additionalProperties"
                or "required"
                or "minProperties"
                or "maxProperties" when value.ValueKind != JsonValueKind.Object => Verdict.Kept,
                "properties" => Properties(rule, value, depth),
                "additionalProperties" => Additional(rule, schema, value, depth),
                "required" => Required(rule, value),
                "minProperties" => Least(name, rule, value.EnumerateObject().Count()),
                "maxProperties" => Most(name, rule, value.EnumerateObject().Count()),
                "items" or "minItems" or "maxItems" or "uniqueItems" when value.ValueKind != JsonValueKind.Array => Verdict.Kept,
                "items" => Items(rule, schema, value, depth),
                "minItems" => Least(name, rule, value.GetArrayLength()),
                "maxItems" => Most(name, rule, value.GetArrayLength()),
                "uniqueItems" => Unique(rule, value),
                "minLength" or "maxLength" or "pattern" when value.ValueKind != JsonValueKind.String => Verdict.Kept,
                "minLength" => Least(name, rule, value.GetString()!.EnumerateRunes().Count()),
                "maxLength" => Most(name, rule, value.GetString()!.EnumerateRunes().Count()),
                "pattern" => Pattern(rule, value),
                "minimum" or "maximum" or "exclusiveMinimum" or "exclusiveMaximum" or "multipleOf" => Number(name, rule, value),
                // What says something of the value that isn't looked at here.
                "$dynamicRef" or "$recursiveRef" or "patternProperties" or "propertyNames" or "contains" or "prefixItems" =>
                    Verdict.Undecided,
                "unevaluatedProperties" or "unevaluatedItems" or "dependentSchemas" or "dependentRequired" => Verdict.Undecided,
                "dependencies" or "additionalItems" or "extends" or "disallow" => Verdict.Undecided,
                // Words for people, formats, definitions, and what nobody knows.
                _ => Verdict.Kept,
            };

        private Verdict Broken(string keyword)
        {
            Keyword = keyword;
            return Verdict.Broken;
        }

        private Verdict Keep(string keyword, bool isKept) => isKept ? Verdict.Kept : Broken(keyword);

        private Verdict Reference(JsonElement rule, JsonElement value, int depth)
        {
            var target = root;
            if (rule.ValueKind != JsonValueKind.String || rule.GetString() is not ['#', .. var pointer])
            {
                return Verdict.Undecided;
            }

            foreach (var part in pointer.Split('/').Skip(1))
            {
                var name = Uri.UnescapeDataString(part)
                    .Replace("~1", "/", StringComparison.Ordinal)
                    .Replace("~0", "~", StringComparison.Ordinal);
                if (target.ValueKind != JsonValueKind.Object || !target.TryGetProperty(name, out target))
                {
                    return Verdict.Undecided;
                }
            }

            return pointer.Length > 0 && pointer[0] != '/' ? Verdict.Undecided : Evaluate(target, value, depth + 1);
        }

        private Verdict Type(JsonElement rule, JsonElement value)
        {
            if (rule.ValueKind == JsonValueKind.String)
            {
                return IsOf(rule.GetString()!, value) is { } isOne ? Keep("type", isOne) : Verdict.Undecided;
            }

            if (rule.ValueKind != JsonValueKind.Array)
            {
                return Verdict.Undecided;
            }

            var isUnknown = false;
            foreach (var type in rule.EnumerateArray())
            {
                var isOf = type.ValueKind == JsonValueKind.String ? IsOf(type.GetString()!, value) : null;
                if (isOf == true)
                {
                    return Verdict.Kept;
                }

                isUnknown |= isOf is null;
            }

            return isUnknown ? Verdict.Undecided : Broken("type");
        }

        // Gemini writes types in capitals.
        private static bool? IsOf(string type, JsonElement value) =>
            type.ToLowerInvariant() switch
            {
                "object" => value.ValueKind == JsonValueKind.Object,
                "array" => value.ValueKind == JsonValueKind.Array,
                "string" => value.ValueKind == JsonValueKind.String,
                "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
                "null" => value.ValueKind == JsonValueKind.Null,
                "number" => value.ValueKind == JsonValueKind.Number,
                "integer" => value.ValueKind == JsonValueKind.Number
                    && (!value.TryGetDecimal(out var number) || number == decimal.Truncate(number)),
                _ => null,
            };

        private Verdict Enum(JsonElement rule, JsonElement value)
        {
            foreach (var one in rule.EnumerateArray())
            {
                if (++steps > MaxSteps)
                {
                    return Verdict.Undecided;
                }

                if (JsonElement.DeepEquals(one, value))
                {
                    return Verdict.Kept;
                }
            }

            return Broken("enum");
        }

        private Verdict All(JsonElement rule, JsonElement value, int depth)
        {
            if (rule.ValueKind != JsonValueKind.Array)
            {
                return Verdict.Undecided;
            }

            var verdict = Verdict.Kept;
            foreach (var schema in rule.EnumerateArray())
            {
                var one = Evaluate(schema, value, depth + 1);
                if (one == Verdict.Broken)
                {
                    return one;
                }

                verdict = one == Verdict.Undecided ? one : verdict;
            }

            return verdict;
        }

        /// <summary>anyOf: one or more; oneOf: exactly one.</summary>
        private Verdict Count(string name, JsonElement rule, JsonElement value, int depth)
        {
            if (rule.ValueKind != JsonValueKind.Array)
            {
                return Verdict.Undecided;
            }

            var (kept, undecided) = (0, 0);
            foreach (var schema in rule.EnumerateArray())
            {
                var one = Evaluate(schema, value, depth + 1);
                kept += one == Verdict.Kept ? 1 : 0;
                undecided += one == Verdict.Undecided ? 1 : 0;
                if (kept > 0 && name == "anyOf")
                {
                    return Verdict.Kept;
                }
            }

            return kept > 1 || kept + undecided == 0 ? Broken(name)
                : undecided > 0 ? Verdict.Undecided
                : Verdict.Kept;
        }

        private Verdict Not(JsonElement rule, JsonElement value, int depth) =>
            Evaluate(rule, value, depth + 1) switch
            {
                Verdict.Kept => Broken("not"),
                Verdict.Broken => Verdict.Kept,
                _ => Verdict.Undecided,
            };

        private Verdict Condition(JsonElement rule, JsonElement schema, JsonElement value, int depth)
        {
            var holds = Evaluate(rule, value, depth + 1);
            return holds == Verdict.Undecided ? holds
                : schema.TryGetProperty(holds == Verdict.Kept ? "then" : "else", out var next) ? Evaluate(next, value, depth + 1)
                : Verdict.Kept;
        }

        private Verdict Properties(JsonElement rule, JsonElement value, int depth)
        {
            if (rule.ValueKind != JsonValueKind.Object)
            {
                return Verdict.Undecided;
            }

            var verdict = Verdict.Kept;
            foreach (var member in value.EnumerateObject())
            {
                if (!rule.TryGetProperty(member.Name, out var schema))
                {
                    continue;
                }

                var one = Evaluate(schema, member.Value, depth + 1);
                if (one == Verdict.Broken)
                {
                    return one;
                }

                verdict = one == Verdict.Undecided ? one : verdict;
            }

            return verdict;
        }

        private Verdict Additional(JsonElement rule, JsonElement schema, JsonElement value, int depth)
        {
            if (schema.TryGetProperty("patternProperties", out _))
            {
                return Verdict.Undecided;
            }

            var hasOwn = schema.TryGetProperty("properties", out var own) && own.ValueKind == JsonValueKind.Object;
            var verdict = Verdict.Kept;
            foreach (var member in value.EnumerateObject())
            {
                if (++steps > MaxSteps)
                {
                    return Verdict.Undecided;
                }

                if (hasOwn && own.TryGetProperty(member.Name, out _))
                {
                    continue;
                }

                if (rule.ValueKind == JsonValueKind.False)
                {
                    return Broken("additionalProperties");
                }

                var one = Evaluate(rule, member.Value, depth + 1);
                if (one == Verdict.Broken)
                {
                    return one;
                }

                verdict = one == Verdict.Undecided ? one : verdict;
            }

            return verdict;
        }

        private Verdict Required(JsonElement rule, JsonElement value)
        {
            if (rule.ValueKind != JsonValueKind.Array)
            {
                return Verdict.Undecided;
            }

            foreach (var name in rule.EnumerateArray())
            {
                if (name.ValueKind == JsonValueKind.String && !value.TryGetProperty(name.GetString()!, out _))
                {
                    return Broken("required");
                }
            }

            return Verdict.Kept;
        }

        private Verdict Items(JsonElement rule, JsonElement schema, JsonElement value, int depth)
        {
            if (rule.ValueKind == JsonValueKind.Array || schema.TryGetProperty("prefixItems", out _))
            {
                return Verdict.Undecided;
            }

            var verdict = Verdict.Kept;
            foreach (var item in value.EnumerateArray())
            {
                var one = Evaluate(rule, item, depth + 1);
                if (one == Verdict.Broken)
                {
                    return one;
                }

                verdict = one == Verdict.Undecided ? one : verdict;
                if (steps > MaxSteps)
                {
                    return Verdict.Undecided;
                }
            }

            return verdict;
        }

        private Verdict Least(string name, JsonElement rule, long have) =>
            rule.ValueKind == JsonValueKind.Number && rule.TryGetInt64(out var least) ? Keep(name, have >= least) : Verdict.Undecided;

        private Verdict Most(string name, JsonElement rule, long have) =>
            rule.ValueKind == JsonValueKind.Number && rule.TryGetInt64(out var most) ? Keep(name, have <= most) : Verdict.Undecided;

        private Verdict Unique(JsonElement rule, JsonElement value)
        {
            if (rule.ValueKind != JsonValueKind.True)
            {
                return Verdict.Kept;
            }

            var items = value.EnumerateArray().Take(MostUnique + 1).ToList();
            if (items.Count > MostUnique)
            {
                return Verdict.Undecided;
            }

            steps += items.Count * items.Count;
            for (var i = 0; i < items.Count && steps <= MaxSteps; i++)
            {
                if (items.Skip(i + 1).Any(other => JsonElement.DeepEquals(items[i], other)))
                {
                    return Broken("uniqueItems");
                }
            }

            return steps <= MaxSteps ? Verdict.Kept : Verdict.Undecided;
        }

        private Verdict Pattern(JsonElement rule, JsonElement value)
        {
            if (rule.ValueKind != JsonValueKind.String || rule.GetString() is not { Length: <= LongestPattern } pattern)
            {
                return Verdict.Undecided;
            }

            try
            {
                // Linear in the text, whatever the pattern.
                var regex = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, TimeSpan.FromMilliseconds(20));
                return Keep("pattern", regex.IsMatch(value.GetString()!));
            }
            catch (Exception odd) when (odd is ArgumentException or NotSupportedException)
            {
                return Verdict.Undecided;
            }
        }

        private Verdict Number(string name, JsonElement rule, JsonElement value)
        {
            if (value.ValueKind != JsonValueKind.Number)
            {
                return Verdict.Kept;
            }

            if (rule.ValueKind != JsonValueKind.Number || !rule.TryGetDecimal(out var bound) || !value.TryGetDecimal(out var number))
            {
                return Verdict.Undecided;
            }

            return name switch
            {
                "minimum" => Keep(name, number >= bound),
                "maximum" => Keep(name, number <= bound),
                "exclusiveMinimum" => Keep(name, number > bound),
                "exclusiveMaximum" => Keep(name, number < bound),
                _ => bound > 0 ? Keep(name, number % bound == 0) : Verdict.Undecided,
            };
        }
    }
}
