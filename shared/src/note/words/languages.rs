//! German, French and Spanish: they count only where a text is in that language, because some are words of the trade in another ("des").
//! Folded as notes are, three letters or more, sorted.

/// German.
pub(super) const GERMAN: &str = "\
    aber alle allem allen aller alles als also andere anderen anfrage angabe ansprechpartner antwort antworten \
    auch auf aus beantwortet bei beim bekannt bekommen bereits beste besten bin bis bitte bitten brauche dafur \
    damit dank danke dann darauf darf das dass davon dazu dein dem den denn der deren des deshalb dezember \
    dich die dienstag dies diese diesem diesen dieser dieses doch donnerstag dort drei durch ein eine einem \
    einen einer eines einmal erhalten erreichen erreicht erst etwas euch euer eure februar freitag freundliche \
    freundlichen frist funf fur ganz geben gehort gemeldet genug gerne geschrieben gestern gibt grusse grussen \
    gut guten habe haben hallo hat hatte heute hier hilfe hilfreich hinweis hoffe ich ihm ihn ihnen ihr ihre \
    ihrem ihren ihrer immer ins ist jahr jahre jahren januar jede jeder jemand jemanden jetzt juli juni kann \
    kein keine keinen keiner kennt konnen konnte kontakt lange leider letzte letzten mal man marz mehr mein \
    meine meinem meinen meiner melden meldung mich mir mit mittwoch mochte monat monate monaten montag morgen \
    muss nach nachricht nachrichten nachste nicht nichts niemand noch nun nur oder offentlich offentlichkeit \
    ohne oktober person projekt raum ruckmeldung sache samstag schon schreiben schrieb sehr sein seine seit \
    seither selbst senden sich sicherheit sicherheitsteam sie sind sobald solange soll sollte sondern sonntag \
    sonst spat stelle stunde stunden suche tag tage tagen team uber uhr und uns unser unsere versprochen \
    versuche viel vielen vier vom von vor wann war warte warten warum was weg weil weiss weiter welche wem wen \
    wenn wer werde werden wie wieder will wir wird wissen woche wochen worden wurde zeit zum zur zusammen \
    zustandig zwei";

/// French.
pub(super) const FRENCH: &str = "\
    afin aider ainsi alors annee ans aout apres attends aucun aucune aujourd aussi autre aux avant avec avez \
    avoir avons avril ayant beaucoup besoin bien bonjour bonsoir car cas cela celle celui ces cet cette ceux \
    chaque chez cinq comme comment contact contacter cordialement dans date decembre deja demain depuis \
    dernier derniere derriere des deux dimanche dire discuter dois doit donc dont ecrire ecrit elle elles \
    encore ensuite entre envoye envoyer equipe est etait ete etes etre eux faire fait faut fevrier heure \
    heures hier ici ils janvier jeudi joindre jour jours juillet juin jusque les leur leurs lors lui lundi mai \
    mais mardi mars meme merci mercredi mes message mieux moi moins mois mon non nos notre nous nouvelle \
    nouvelles novembre octobre ont par parce parler pas pendant personne peu peut peux plus plusieurs pour \
    pourquoi pourrait pouvez prendre pres probleme projet promis promise public quand quatre que quel quelle \
    quelqu quelque qui quoi rapport recu repondre repondu reponse rien sait samedi sans savoir securite \
    semaine semaines septembre sera ses seul seulement signalement soir soit son sont sous suis sujet sur tard \
    temps tous tout toute tres trois trop trouver une vendredi vers veuillez voir vos votre voudrais vous \
    vraiment";

/// Spanish.
pub(super) const SPANISH: &str = "\
    abril agosto ahora algo alguien algun alguna algunas alguno alli ante antes aqui asi aun aunque ayer ayuda \
    ayudar bien buenas buenos cada casi cinco como con contactar contacto contestado contestar correo cosa \
    cual cualquier cuando cuanto cuatro cuenta dado dar debe decir del desde despues dia dias dice diciembre \
    domingo donde durante ella ellas ellos enero enviado enviar envie equipo era eres esa escribi escribir \
    escrito ese eso esta estaba estado estamos estan estar estas este esto estos estoy favor febrero fecha fin \
    fue fuera gracias habia hablar hace hacer hacia han has hasta hay haya hola hora horas hoy informe \
    intentando intento jueves julio junio les llegar los lunes manana martes marzo mas mayo mejor menos \
    mensaje mensajes mes meses mientras miercoles mis mismo momento muchas mucho muchos muy nada nadie \
    necesito ningun ninguna ninguno noche nos nosotros noticias noviembre nuestra nuestro nueva nuevo nunca \
    octubre otra otras otro otros para parte pasado pero persona poco poder podria por porque problema \
    prometido pronto proyecto publico pueda puede pueden puedo pues que quien quiero razon recibido recibir \
    responder respondido respuesta sabado sabe saber saludos segun segura seguridad seguro semana semanas \
    septiembre ser sera sido siempre sin sino sobre solo son soy sus tambien tan tanto tarde tema tener tengo \
    tiempo tiene tienen toda todavia todo todos tras tres ultima ultimo una uno unos usted ustedes vez viernes \
    voy";
