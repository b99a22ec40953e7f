namespace Purser.Routing.Understanding;

/// <summary>
/// The words that cues and languages are known by: small letters, <c>_</c> between the two words of a pair. One line a language: English, German,
/// French, Spanish, then Italian and Portuguese, then others. A word stands for one cue alone.
/// </summary>
internal static class LexiconWords
{
    public static readonly (Language Language, string Words)[] StopWords =
    [
        (
            Language.English,
            "the of and to that this with for is are was have has it its you your be which from they what how would should their an"
        ),
        (
            Language.German,
            "der das und ist nicht ich ein eine einen dem den mit auf für sich wie bitte wir sie kann mir mein es auch von zu"
        ),
        (
            Language.French,
            "en un la de le les des est une dans pour que qui sur avec pas vous je nous cette ce aux ou du et au sont plus mon ma"
        ),
        (Language.Spanish, "de la el los las una por del para con es y lo esta este como pero más mi tu un está qué cómo son en al"),
        (Language.Portuguese, "de a_o os uma não você para_o em do da dos das isso são meu minha com um"),
        (Language.Italian, "la un il di che gli della nel per_il sono questo questa non è una_lista i mio come_si delle"),
    ];

    /// <summary>What stands before an order that doesn't begin its sentence.</summary>
    public const string Openers =
        "please pls kindly you to and then just now me us help also need want task s "
        + "bitte du sie mir mal nun und "
        + "tu vous de veuillez puis et "
        + "favor puedes puede podrías y me a";

    public static readonly (Cue Cue, string Words)[] Cues =
    [
        (
            Cue.Classify,
            """
            classify categorize categorise categorization classification classifier label labels tag assign_one assign_the triage is_this decide_whether determine_whether detect_whether route_this rate_the
            klassifiziere klassifizieren kategorisiere ordne_die ordne_den ordne_das einordnen bestimme_ob stufe_ein
            classe classez classer catégorise catégorisez étiquette
            clasifica clasificar clasifique categoriza etiqueta
            classifica classificar
            classificeer sklasyfikuj 分类 分類 классифицируй определи_тональность
            """
        ),
        (
            Cue.Extract,
            """
            extract extracts extracting extraction pull_out pull_the list_all find_all identify_all parse_the parse_this get_all
            extrahiere extrahieren finde_alle liste_alle lies_die entnimm nenne_alle
            extrais extrayez extraire relève relevez trouve_tous
            extrae extraer extraiga encuentra_todos saca
            estrai extraia
            haal_alle wyodrębnij 提取 抽出 извлеки выдели_все find_every all_the
            """
        ),
        (
            Cue.Summarize,
            """
            summarize summarise summarizing summarising condense recap gist abridge tldr tl_dr boil_down sum_up shorten_this
            fasse zusammenfassen fass kürze_zusammen
            résume résumez résumer synthétise
            resume resumir resuma resúmeme sintetiza
            riassumi resuma_o
            samenvatten vat_samen streść podsumuj 总结 概括 要約 摘要 кратко_изложи перескажи суммируй 요약
            """
        ),
        (
            Cue.Translate,
            """
            translate translates translating translation localize localise render_into translator
            übersetze übersetzen übersetz übersetzung
            traduis traduisez traduire traduction
            traduce traducir traduzca traducción tradúceme
            traduci traduza traduzir
            vertaal przetłumacz 翻译 翻訳 翻譯 переведи перевод 번역 you_say render_the render_this 번역해
            """
        ),
        (
            Cue.Rewrite,
            """
            rewrite rephrase reword paraphrase proofread polish improve_the improve_this shorten simplify_this make_this make_it correct_the edit_this copyedit
            formuliere umformulieren umschreiben schreibe_um korrigiere überarbeite verbessere kürze schreib_diesen
            reformule reformulez réécris réécrivez corrige_les améliore corrigez
            reescribe reformula reescribir mejora corrige_la corrige_el
            riscrivi reescreva
            herschrijf przeredaguj 改写 润色 перепиши перефразируй expand improve the_tone fix_grammar the_grammar the_spelling
            """
        ),
        (
            Cue.Convert,
            """
            convert converts converting reformat reformatting transform_this format_the format_this format_these serialize normalise normalize
            konvertiere konvertieren wandle umwandeln formatiere
            convertis convertissez convertir formate transforme
            convierte conviértelo formatea transforma
            converti converta
            converteer przekonwertuj 转换 変換 преобразуй конвертируй
            """
        ),
        (
            Cue.Make,
            """
            write create generate compose draft produce give_me come_up invent suggest make_up
            schreibe schreib erstelle erzeuge verfasse entwirf erfinde
            écris écrivez rédige rédigez crée créez invente
            escribe crea genera redacta inventa escríbeme
            scrivi escreva crie
            schrijf napisz 写 書いて напиши придумай 써줘
            """
        ),
        (
            Cue.Change,
            """
            implement refactor add_a add_the rename port_this migrate extend modify optimize optimise add_type add_support add_unit update_the
            implementiere refaktoriere baue füge benenne programmiere
            implémente implémentez refactorise ajoute ajoutez programme_une
            implementa refactoriza añade agrega programa_una
            implementeer zaimplementuj 实现 実装 реализуй отрефактори добавь
            """
        ),
        (
            Cue.Review,
            """
            review reviewing critique audit code_review look_over check_this feedback_on what_do assess any_issues security_issues
            begutachte überprüfe prüfe
            relis relisez examine vérifie passe_en
            revisa revisar revise evalúa
            rivedi 审查 проверь ревью コードレビュー quality_of
            """
        ),
        (
            Cue.Repair,
            """
            debug fix fails failing crashes crashing broken troubleshoot diagnose not_working wrong_with goes_wrong getting_an throws
            behebe debugge abstürzt funktioniert_nicht schlägt_fehl stürzt
            débogue déboguez plante ne_fonctionne ne_marche
            depura arregla falla no_funciona
            调试 修复 почини исправь_ошибку не_работает падает throwing doing_wrong timed_out finde_den used_to what_happened fix_this
            """
        ),
        (
            Cue.Plan,
            """
            plan planning outline_a outline_the design_a roadmap_for schedule organize break_down lay_out map_out step_plan prepare_a decompose steps_do what_steps plan_for
            plane planen skizziere organisiere
            planifie planifiez organise esquisse
            planifica planificar diseña organiza
            pianifica planeje
            zaplanuj 规划 制定 計画 спланируй составь_план
            """
        ),
        (
            Cue.Calculate,
            """
            calculate compute solve evaluate_the integrate differentiate simplify factor how_many how_much find_the how_old how_far how_long
            berechne löse rechne wie_viele wieviel wie_viel bestimme_die
            calcule calculez résous résolvez combien
            calcula resuelve cuánto cuántos cuántas halla
            calcola quanto
            bereken oblicz 计算 求 計算 вычисли реши сколько
            """
        ),
        (
            Cue.Prove,
            """
            prove proof show_that derive disprove
            beweise zeige_dass beweis
            démontre démontrez montre_que prouve
            demuestra prueba_que demostrar
            证明 証明 докажи
            """
        ),
        (
            Cue.Ask,
            """
            what_is what_are what_was which_of which why how_does how_do who when_did where what_would what_happens is_it does_it do_all
            warum weshalb welche welcher welches was_ist was_sind wer wann wo worin
            pourquoi quelle quel quelles quels qui_est quand où
            por_qué cuál cuáles qué_es quién cuándo dónde
            perché quale
            waarom dlaczego 什么 なぜ 何 почему какой какая что_такое 왜
            """
        ),
        (
            Cue.Explain,
            """
            explain compare discuss analyze analyse evaluate argue justify reason_about describe_how consider infer deduce contrast conclude weigh
            erkläre erläutere vergleiche analysiere begründe diskutiere
            explique expliquez compare_les analysez analyse_les argumente
            explica compara analiza argumenta
            spiega analise
            leg_uit wyjaśnij 解释 分析 説明 объясни сравни проанализируй
            """
        ),
        (
            Cue.Imagine,
            """
            imagine brainstorm pretend role_play roleplay continue_the let_s
            stell_dir
            imagine_que raconte imaginez
            imagina cuéntame
            想象 представь_себе сочини
            """
        ),
        (
            Cue.Greet,
            """
            hi hello hey thanks thank good_morning good_evening bye goodnight how_are cheers sup yo morning
            hallo danke guten_morgen guten_abend tschüss moin servus wie_geht grüß
            bonjour salut merci bonsoir coucou ça_va
            hola gracias buenos_días buenas adiós qué_tal
            ciao grazie olá obrigado
            dag bedankt cześć 你好 谢谢 こんにちは ありがとう привет спасибо 안녕
            """
        ),
        (
            Cue.Talk,
            """
            i_m i_feel feeling favorite favourite tired bored lol haha my_day weekend lonely sad happy do_you you_think are_you your_name i_love i_miss my_dog my_cat my_mom my_girlfriend my_boyfriend nervous excited today was_fun chatting listening_to talk_to chat_with
            langweilig müde wochenende bist_du magst_du denkst_du ich_bin fühle heute mir_ist
            fatigué aimes_tu tu_penses es_tu je_suis ennuie aujourd
            cansado eres estoy aburrido te_gusta crees hoy
            心情 今天 настроение устал скучно как_дела
            """
        ),
        (
            Cue.LabelNoun,
            """
            sentiment positive negative neutral spam category categories class classes intent urgency priority toxic topic department yes_or true_or one_label labels_are
            kategorie kategorien stimmung positiv negativ dringlichkeit absicht
            catégorie catégories sentiments positif négatif urgence
            categoría categorías sentimiento positivo negativo urgencia intención
            categoria 情感 类别 тональность категория категорию спам this_review the_review review_below following_review review_reply customer_reviews レビュー 否定 肯定
            """
        ),
        (
            Cue.FieldNoun,
            """
            fields field invoice names dates entities entity addresses phone emails email_addresses amounts keys contract resume_below receipt total_amount skills ingredients mentioned
            felder feld rechnung rechnungsnummer namen datum beträge entitäten vertrag
            champs facture noms montants entités contrat
            campos factura nombres fechas importes entidades contrato
            fattura nomi 字段 姓名 发票 поля имена даты сумму счёт participants places are_named dates_and
            """
        ),
        (
            Cue.SummaryNoun,
            """
            summary summaries overview key_points main_points main_ideas takeaways highlights bullet_points abstract_of action_items headline one_sentence
            zusammenfassung kernaussagen überblick stichpunkte stichpunkten hauptpunkte
            résumé synthèse points_clés points_essentiels
            resumen puntos_clave puntos_principales
            riassunto resumo
            samenvatting podsumowanie 要点 ポイント пересказ резюме word_title title_for conversation_title short_title
            """
        ),
        (
            Cue.LanguageName,
            """
            into_english into_german into_french into_spanish into_japanese into_chinese to_english to_german to_french to_spanish to_italian to_japanese to_chinese to_korean to_portuguese to_dutch to_polish to_russian in_french in_german in_spanish into_italian into_portuguese into_dutch into_polish into_korean into_arabic french german spanish italian portuguese japanese korean dutch mandarin turkish swedish
            ins_deutsche ins_englische ins_französische deutsche englische auf_englisch auf_deutsch ins_spanische auf_französisch auf_spanisch
            en_anglais en_français en_allemand en_espagnol en_italien
            al_inglés al_español al_francés al_alemán en_inglés al_italiano
            in_inglese para_inglês
            英文 中文 英語 日本 英语 法语 на_английский на_русский на_немецкий английский english_version german_version french_version spanish_version 영어로 한국어로
            """
        ),
        (
            Cue.ToneNoun,
            """
            tone formal informal polite politely friendlier grammar concise clearer professional shorter wording style readable spelling typos casual engaging passive_voice diplomatic
            ton förmlich höflich höflicher freundlicher grammatik kürzer stil verständlicher rechtschreibung sachlicher
            poli polie formel grammaire orthographe courtois clair professionnel fautes
            tono educado gramática ortografía amable claro profesional
            tom cortese 语气 正式 丁寧 вежливо вежливее официальном стиле paragraph wording_of notes_into text_better
            """
        ),
        (
            Cue.PatternNoun,
            """
            regex regexp regular_expression regexes csv yaml xml toml markdown cron cron_expression iso_8601 camelcase snake_case glob_pattern unix_timestamp hex base64 json_to to_json to_csv to_yaml to_markdown format_string
            regulären_ausdruck regulärer_ausdruck
            expression_régulière
            expresión_regular
            espressione_regolare 正则 正規 регулярное регулярку
            """
        ),
        (
            Cue.CodeNoun,
            """
            function functions method python javascript typescript java golang rust sql query class_that endpoint api script unit_test unit_tests react component html css bash_script django flask algorithm code codebase dockerfile kotlin php ruby swift struct loop async pandas numpy snippet
            funktion methode klasse skript programm code_block quelltext
            fonction méthode classe_qui script_qui code_source
            función método código
            funzione função
            functie funkcję 函数 代码 関数 コード функцию функция скрипт код
            """
        ),
        (
            Cue.ReviewNoun,
            """
            pull_request pr diff code_quality readability vulnerabilities vulnerability security maintainability best_practices this_patch merge_request reviewer race_conditions bugs code_smells
            sicherheitslücken lesbarkeit verbesserungsvorschläge
            lisibilité failles bonnes_pratiques
            vulnerabilidades legibilidad buenas_prácticas
            安全 漏洞 уязвимости
            """
        ),
        (
            Cue.FaultNoun,
            """
            error errors exception bug stack_trace traceback segfault crash typeerror nullpointerexception nullreferenceexception undefined null_pointer keyerror valueerror deadlock memory_leak root_cause timeout stacktrace econnrefused
            fehler fehlermeldung ausnahme absturz
            erreur erreurs exception_suivante bogue
            errores excepción fallo
            errore erro
            fout błąd 错误 报错 エラー ошибка ошибку исключение 오류 log_says duplicate duplicates wrong going_on fails_with
            """
        ),
        (
            Cue.PlanNoun,
            """
            roadmap itinerary milestones timeline steps_to strategy schedule_for study_plan project_plan week_plan rollout phases agenda trip checklist curriculum migration_plan architecture steps approach estimates tasks
            fahrplan reiseplan zeitplan projektplan lernplan meilensteine strategie
            itinéraire feuille_de étapes calendrier stratégie planning_de
            itinerario plan_de cronograma hitos estrategia
            itinerario_di roteiro
            计划 行程 方案 план маршрут этапы
            """
        ),
        (
            Cue.MathsNoun,
            """
            equation integral derivative matrix probability theorem polynomial eigenvalues prime triangle sum_of percent percentage interest average remainder limit_of integers modulo angle radius area volume perimeter ratio permutations expected_value variance hours miles total_cost altogether divisible logarithm earn earns cost costs dollars cents minutes twice half_as each_day per_day total_of left_over remaining
            gleichung ableitung wahrscheinlichkeit satz primzahl dreieck summe prozent zinsen durchschnitt fläche kilometer
            équation intégrale dérivée probabilité matrice nombre_premier aire moyenne pourcentage intérêts vitesse
            ecuación derivada probabilidad matriz número_primo área promedio porcentaje interés
            equazione equação
            方程 积分 概率 矩阵 уравнение интеграл вероятность производную корни процентов
            """
        ),
        (
            Cue.ThoughtNoun,
            """
            difference trade_offs tradeoffs cause causes effect implications logic logical puzzle premise hypothesis evidence argument conclusion consequences advantages disadvantages theory statement capital principle philosophy ethical paradox history conclusion follow follows
            unterschied ursachen ursache folgen auswirkungen vorteile nachteile hypothese logik theorie
            différence différences conséquences avantages inconvénients hypothèse logique théorie
            diferencia diferencias causas consecuencias ventajas desventajas lógica teoría
            differenza 区别 原因 影响 違い 理由 разница причины последствия
            """
        ),
        (
            Cue.CreativeNoun,
            """
            poem poems story stories haiku slogan slogans limerick lyrics song novel character names_for tagline screenplay sonnet fairy_tale plot joke jokes ideas_for dialogue fantasy rhyme verse villain monologue riddle ballad birthday bedtime
            gedicht geschichte märchen lied werbespruch reim roman figur ideen witz
            poème histoire conte chanson slogan_pour nouvelle personnage idées blague
            poema cuento historia_corta canción lema personaje ideas rima chiste
            poesia racconto
            gedicht_over wiersz 诗 故事 俳句 物語 стихотворение рассказ сказку стих 시
            """
        ),
        (
            Cue.AgentNoun,
            """
            coding_agent cli_tool your_tools available_tools tool_calls tool_call the_tools agent agentic sandbox working_directory repository autonomous tool_use workspace
            """
        ),
        (
            Cue.Must,
            """
            must exactly at_most at_least no_more only never always do_not don_t without ensure required not_exceed strictly fewer less_than more_than within limit each_of
            muss genau höchstens mindestens nur niemals immer ohne keine keinesfalls maximal
            doit exactement maximum minimum seulement jamais toujours sans uniquement
            debe exactamente máximo mínimo solo solamente nunca siempre sin únicamente
            必须 只 不要 必ず должен ровно только никогда
            """
        ),
        (
            Cue.Brief,
            """
            one_word single_word briefly short brief in_short a_word one_line yes_no answer_with reply_with respond_with output_only only_the
            ein_wort kurz knapp antworte_mit nur_mit
            un_mot bref brièvement réponds_par réponds_uniquement répondez_par
            una_palabra breve brevemente responde_con responde_solo
            简短 一句 кратко одним_словом
            """
        ),
        (Cue.Json, "json json_object jsonl json_array json_schema"),
        (Cue.Table, "table tables columns tabelle tableau tabla tabella 表格 таблицу таблица"),
        (
            Cue.Steps,
            """
            step_by first_then step_1 and_then finally next_step schritt_für étape_par paso_a then_the multi_step afterwards furthermore additionally danach anschließend ensuite luego después
            """
        ),
    ];
}
